// Faults on demand: SOYAKU_EMULATED_FAULT=ITEM,ITEM,... with ITEM = NAME=CODE (every call) or NAME:N=CODE (the Nth
// call of that name, counted from 1). NAME is an entry point (cuInit) or a group (alloc, memcpy, launch, module, sync).
#include <cstdlib>

#include "state.h"

namespace {

struct Fault {
    std::string name;
    unsigned long at = 0;  // 0: always
    int code = 0;
    unsigned long calls = 0;
};

std::vector<Fault> parse(const char *text) {
    std::vector<Fault> faults;
    std::string rest = text;
    while (!rest.empty()) {
        size_t comma = rest.find(',');
        std::string item = rest.substr(0, comma);
        rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
        size_t equals = item.find('=');
        size_t colon = item.find(':');
        Fault fault;
        if (equals != std::string::npos) fault.code = std::atoi(item.c_str() + equals + 1);
        if (equals == std::string::npos || fault.code <= 0 || (colon != std::string::npos && colon > equals)) {
            diagnose("SOYAKU_EMULATED_FAULT: '%s' is not NAME=CODE or NAME:N=CODE", item.c_str());
            std::abort();
        }
        fault.name = item.substr(0, colon == std::string::npos ? equals : colon);
        if (colon != std::string::npos) {
            fault.at = std::strtoul(item.c_str() + colon + 1, nullptr, 10);
            if (fault.at == 0) {
                diagnose("SOYAKU_EMULATED_FAULT: calls are counted from 1 in '%s'", item.c_str());
                std::abort();
            }
        }
        faults.push_back(fault);
    }
    return faults;
}

}  // namespace

Result injected(const char *entry, const char *group) {
    static std::vector<Fault> faults = parse(setting("SOYAKU_EMULATED_FAULT", ""));
    Result result = SUCCESS;
    for (Fault &fault : faults) {
        if (fault.name != entry && (!group || fault.name != group)) continue;
        fault.calls += 1;
        if (!result && (fault.at == 0 || fault.at == fault.calls)) result = static_cast<Result>(fault.code);
    }
    return result;
}
