// Finds the entry points of a source and writes the file that the host compiler gets.
#include <cctype>

#include "program.h"

namespace {

// The source without comments; what is inside quotes stays. Lines keep their numbers.
std::string without_comments(const std::string &source) {
    std::string out;
    size_t i = 0;
    while (i < source.size()) {
        if (source.compare(i, 2, "//") == 0) {
            while (i < source.size() && source[i] != '\n') i++;
        } else if (source.compare(i, 2, "/*") == 0) {
            size_t end = source.find("*/", i + 2);
            end = end == std::string::npos ? source.size() : end + 2;
            for (; i < end; i++)
                if (source[i] == '\n') out += '\n';
            out += ' ';
        } else if (source[i] == '"' || source[i] == '\'') {
            char quote = source[i];
            do {
                if (source[i] == '\\') out += source[i++];
                if (i < source.size()) out += source[i++];
            } while (i < source.size() && source[i] != quote && source[i] != '\n');
            if (i < source.size()) out += source[i++];
        } else {
            out += source[i++];
        }
    }
    return out;
}

struct Entry {
    std::string name;
    std::string bounds;  // the expression in __launch_bounds__, or empty
};

size_t skip_space(const std::string &text, size_t at) {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at]))) at++;
    return at;
}

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// Reads on from `extern "C"`: qualifiers, a return type, the name before the first parenthesis that opens parameters.
bool read_entry(const std::string &text, size_t at, Entry &entry) {
    bool global = false;
    while (true) {
        at = skip_space(text, at);
        if (at >= text.size()) return false;
        if (text[at] == '(') return global && !entry.name.empty();
        if (!is_name(text[at])) return false;
        size_t start = at;
        while (at < text.size() && is_name(text[at])) at++;
        std::string word = text.substr(start, at - start);
        if (word == "__global__") global = true;
        if (word != "__launch_bounds__") {
            entry.name = word;
            continue;
        }
        at = skip_space(text, at);
        size_t open = at;
        int depth = 0;
        do {
            if (at >= text.size()) return false;
            if (text[at] == '(') depth++;
            if (text[at] == ')') depth--;
            // The second number, blocks of a multiprocessor, is advice for the register allocator.
            if ((text[at] == ',' && depth == 1 && entry.bounds.empty()) || (depth == 0 && entry.bounds.empty()))
                entry.bounds = text.substr(open + 1, at - open - 1);
            at++;
        } while (depth > 0);
    }
}

std::vector<Entry> entries(const std::string &source) {
    std::string text = without_comments(source);
    std::vector<Entry> found;
    for (size_t at = 0; (at = text.find("extern", at)) != std::string::npos;) {
        at += 6;
        size_t linkage = skip_space(text, at);
        if (text.compare(linkage, 3, "\"C\"") != 0) continue;
        Entry entry;
        if (read_entry(text, linkage + 3, entry)) found.push_back(entry);
    }
    return found;
}

const char *const HELPERS = R"(
template <class... Types> constexpr unsigned long long soyaku_pointer_bits(void (*)(Types...)) {
    unsigned long long bits = 0, next = 1;
    ((bits |= soyaku_is_pointer<Types>::bit * next, next <<= 1), ...);
    return bits;
}
)";

}  // namespace

std::string wrap(const Program &program) {
    std::string text = "#include \"cuda_names.h\"\nnamespace {\n#line 1 \"" + program.name + "\"\n" + program.source;
    text += "\n#line 1 \"entry points of " + program.name + "\"\n";
    text += "template <class T> struct soyaku_is_pointer { static constexpr unsigned long long bit = 0; };\n";
    text += "template <class T> struct soyaku_is_pointer<T *> { static constexpr unsigned long long bit = 1; };\n";
    text += "template <class T> struct soyaku_is_pointer<T *const> { static constexpr unsigned long long bit = 1; };\n";
    text += HELPERS;
    text += "}\n#define SOYAKU_EXPORTED extern \"C\" __attribute__((visibility(\"default\"))) const\n";
    for (const Entry &entry : entries(program.source)) {
        text += "SOYAKU_EMULATION_ENTRY(" + entry.name + ")\n";
        text += "SOYAKU_EXPORTED unsigned long long soyaku_emulation_pointers_" + entry.name + " = soyaku_pointer_bits(" + entry.name + ");\n";
        if (!entry.bounds.empty())
            text += "SOYAKU_EXPORTED int soyaku_emulation_bounds_" + entry.name + " = " + entry.bounds + ";\n";
    }
    return text;
}
