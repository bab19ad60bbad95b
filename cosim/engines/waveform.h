// Records a window of a run as an FST file, in a build with tracing. In other builds it is nothing.
//
// The window is told in answers of the chip (DONE and REPLY packets), so it does not depend on
// how many cycles anything takes. Times in the file are nanoseconds: cycle n since the reset
// begins at 10 n with the rising edge.
#ifndef SPIKELOOM_WAVEFORM_H
#define SPIKELOOM_WAVEFORM_H

#include <cstdint>
#include <string>

#include "Vtop.h"

#if VM_TRACE
#include "verilated_fst_c.h"

namespace {

struct Window {
    std::string path;  // empty: the next run is not recorded
    uint64_t first = 0, last = 0;
    uint64_t begin = 0, end = 0;  // cycles that were recorded, begin <= cycle < end
} window;

class Waveform {
   public:
    Waveform(Vtop& chip, VerilatedContext& context) {
        if (window.path.empty()) return;
        context.traceEverOn(true);
        chip.trace(&m_file, 99);
        m_file.set_time_unit("1ns");
        m_file.set_time_resolution("1ns");
    }
    // After each edge of the clock. answers: how many the chip has given
    void edge(const volatile uint64_t* answers) {
        const bool rising = m_halves % 2 == 0;
        const bool inside = window.first <= *answers && *answers < window.last;
        if (rising && !window.path.empty() && inside != m_file.isOpen()) inside ? open() : close();
        if (m_file.isOpen()) m_file.dump(5 * m_halves);
        ++m_halves;
    }
    ~Waveform() {
        if (m_file.isOpen()) close();
    }

   private:
    void open() {
        window.begin = m_halves / 2;
        m_file.open(window.path.c_str());
    }
    void close() {
        window.end = m_halves / 2;
        m_file.close();
    }
    VerilatedFstC m_file;
    uint64_t m_halves = 0;
};

}  // namespace

extern "C" {

// Record the next run between two numbers of answers, first <= answers < last.
void spikeloom_record(const char* path, uint64_t first, uint64_t last) {
    window = Window{path, first, last};
}

// The cycles that were recorded, begin <= cycle < end.
uint64_t spikeloom_recorded_begin() { return window.begin; }
uint64_t spikeloom_recorded_end() { return window.end; }
}

#else

struct Waveform {
    Waveform(Vtop&, VerilatedContext&) {}
    void edge(const volatile uint64_t*) {}
};

#endif
#endif
