// Writes how often a run passed each line and toggled each bit, in a build that counts. In other
// builds it is nothing.
#ifndef SPIKELOOM_COUNTS_H
#define SPIKELOOM_COUNTS_H

#include "verilated.h"

#if VM_COVERAGE
#include <string>

#include "verilated_cov.h"

namespace {

std::string counts_path;  // empty: the next run writes nothing

class Counts {
   public:
    explicit Counts(VerilatedContext& context) : m_context(context) {}
    ~Counts() {
        if (!counts_path.empty()) m_context.coveragep()->write(counts_path.c_str());
    }

   private:
    VerilatedContext& m_context;
};

}  // namespace

// Write the counts of the next runs to this file.
extern "C" void spikeloom_count(const char* path) { counts_path = path; }

#else

struct Counts {
    explicit Counts(VerilatedContext&) {}
};

#endif
#endif
