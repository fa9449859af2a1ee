// Where in the source a machine address lies, for messages.
#pragma once
#include <string>

namespace emulation {

// " at file:line" by way of addr2line; " at module+offset" without it; empty for null.
std::string source_line(const void *return_address);
// To be called when a module is loaded: another one may have had its name.
void forget_source_lines();

} // namespace emulation
