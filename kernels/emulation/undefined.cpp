// What `-fsanitize=alignment,shift-exponent,bounds,...` calls: constructs that a device and this machine answer
// differently, or on which a device faults. Not libubsan's: ours.
#include "state.h"

#include <stdint.h>

using namespace emulation;

namespace {

struct Location {
    const char *file;
    uint32_t line, column;
};

// All data that the compiler passes begins with the place in the source.
void complain(const void *data, int code, const char *what) {
    if (!current) return;
    auto *place = static_cast<const Location *>(data);
    fail(code, text("%s at %s:%u", what, place->file ? place->file : "?", place->line));
}

} // namespace

extern "C" {
void __ubsan_handle_type_mismatch_v1(void *data, uintptr_t address) {
    complain(data, SOYAKU_EMULATION_MISALIGNED,
             text("an access at %p is not aligned to its type", reinterpret_cast<void *>(address)).c_str());
}
void __ubsan_handle_shift_out_of_bounds(void *data, uintptr_t, uintptr_t) {
    complain(data, SOYAKU_EMULATION_UNDEFINED, "shift by a negative number or by the width of the type or more");
}
void __ubsan_handle_out_of_bounds(void *data, uintptr_t) {
    complain(data, SOYAKU_EMULATION_UNDEFINED, "index outside the array");
}
void __ubsan_handle_divrem_overflow(void *data, uintptr_t, uintptr_t) {
    complain(data, SOYAKU_EMULATION_UNDEFINED, "division by zero, or a quotient that does not fit");
}
void __ubsan_handle_add_overflow(void *data, uintptr_t, uintptr_t) {
    complain(data, SOYAKU_EMULATION_UNDEFINED, "signed addition overflows");
}
void __ubsan_handle_sub_overflow(void *data, uintptr_t, uintptr_t) {
    complain(data, SOYAKU_EMULATION_UNDEFINED, "signed subtraction overflows");
}
void __ubsan_handle_mul_overflow(void *data, uintptr_t, uintptr_t) {
    complain(data, SOYAKU_EMULATION_UNDEFINED, "signed multiplication overflows");
}
void __ubsan_handle_negate_overflow(void *data, uintptr_t) {
    complain(data, SOYAKU_EMULATION_UNDEFINED, "negation of the smallest signed number");
}
void __ubsan_handle_float_cast_overflow(void *data, uintptr_t) {
    complain(data, SOYAKU_EMULATION_UNDEFINED, "the number does not fit the integer type that it is converted to");
}
}
