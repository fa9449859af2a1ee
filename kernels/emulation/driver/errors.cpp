// Names and texts of the result codes.
#include "state.h"

SOYAKU_API cuGetErrorName(int code, const char **text) {
    if (!text) return INVALID_VALUE;
    switch (code) {
#define SOYAKU_NAME(name, number, description) \
    case number: \
        *text = number == 0 ? "CUDA_SUCCESS" : "CUDA_ERROR_" #name; \
        return SUCCESS;
        SOYAKU_RESULTS(SOYAKU_NAME)
#undef SOYAKU_NAME
    }
    *text = nullptr;
    return INVALID_VALUE;
}

SOYAKU_API cuGetErrorString(int code, const char **text) {
    if (!text) return INVALID_VALUE;
    switch (code) {
#define SOYAKU_TEXT(name, number, description) \
    case number: \
        *text = description; \
        return SUCCESS;
        SOYAKU_RESULTS(SOYAKU_TEXT)
#undef SOYAKU_TEXT
    }
    *text = nullptr;
    return INVALID_VALUE;
}
