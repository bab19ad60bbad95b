// A context of its own for the next model that this thread makes, linked into PyVerilator's library.
//
// PyVerilator makes all models in the thread's default context. Verilator's `trace` follows every
// model that was ever made in its model's context, deleted ones too.
#include "verilated.h"

extern "C" void spikeloom_fresh_context() { Verilated::threadContextp(new VerilatedContext); }
