// The batch engine's driver: streams packets through the Verilated chip, no Python in the loop.
//
// Flat C interface for ctypes. Each call makes its own model, so calls may run in parallel
// threads. The chip's ready and valid depend on registers alone: what they say after a rising
// edge is what they say at the next one.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

#include "Vtop.h"
#include "counts.h"
#include "verilated.h"
#include "waveform.h"

namespace {

const uint64_t GRACE = 64;  // cycles in which a chip that has answered must stay silent
const int KIND_OUTPUT = 5;  // checked against mapper.packets by the Python side

// xorshift64*: the stalls only have to be irregular and repeatable.
struct Dice {
    uint64_t state;
    explicit Dice(uint64_t seed) : state(seed * 2862933555777941757ULL + 3037000493ULL) {}
    bool below(double probability) {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        return ((state * 2685821657736338717ULL) >> 11) * 0x1.0p-53 < probability;
    }
};

// Whether memory of this size and alignment is zeros also where something has been before.
template <typename... Alignment>
bool is_zeroed(size_t size, Alignment... alignment) {
    void* used = ::operator new(size, alignment...);
    std::fill_n(static_cast<volatile unsigned char*>(used), size, 0xE8);
    ::operator delete(used, alignment...);
    auto* fresh = static_cast<unsigned char*>(::operator new(size, alignment...));
    const bool zeroed = std::all_of(fresh, fresh + size, [](unsigned char c) { return !c; });
    ::operator delete(fresh, alignment...);
    return zeroed;
}

}  // namespace

extern "C" {

int spikeloom_kind_output() { return KIND_OUTPUT; }

// Whether every `operator new` that makes models hands out zeros (zeroed_new.cpp).
int spikeloom_new_is_zeroed() {
    for (size_t size = 64; size <= 65536; size *= 4) {
        if (!is_zeroed(size)) return 0;
        if (!is_zeroed(size, std::align_val_t(VL_CACHE_LINE_BYTES))) return 0;
    }
    return 1;
}

// Sends `count` packets; stores answers, and the cycle of each, up to `capacity`.
// shared[0]: DONE and REPLY packets so far (written); shared[1]: nonzero stops the run (read).
// Returns the number of answers; -1 the chip fell silent, -2 more than `capacity`, -3 stopped.
int64_t spikeloom_exchange(const uint64_t* packets, uint64_t count, uint64_t answers,
                           uint64_t* received, uint64_t* stamps, uint64_t capacity,
                           double stall_source, double stall_sink, uint64_t seed,
                           uint64_t patience, uint64_t kind_shift, volatile uint64_t* shared) {
    auto context = std::make_unique<VerilatedContext>();
    // Hierarchical blocks take their context from the thread; its own, so that no two runs share.
    Verilated::threadContextp(context.get());
    const auto close = [](Vtop* model) {
        model->final();  // frees the blocks' models
        delete model;
    };
    std::unique_ptr<Vtop, decltype(close)> chip(new Vtop(context.get()), close);
    Waveform waveform(*chip, *context);
    Counts counts(*context);
    auto rise = [&] {
        chip->clk = 1;
        chip->eval();
        waveform.edge(shared);
        chip->clk = 0;
        chip->eval();
        waveform.edge(shared);
    };
    chip->rst = 1;
    chip->i___05Fvalid = 0;
    chip->o___05Fready = 0;
    chip->clk = 0;
    chip->eval();
    for (int i = 0; i < 3; ++i) rise();
    chip->rst = 0;
    chip->eval();

    Dice source(seed), sink(seed + 0x9E3779B97F4A7C15ULL);
    uint64_t sent = 0, got = 0, left = answers, silent = 0;
    bool offered = false;
    for (uint64_t cycle = 0; left || sent < count || silent < GRACE; ++cycle) {
        if (!offered && sent < count && !source.below(stall_source)) {
            offered = true;
            chip->i___05Fpayload = packets[sent];
        }
        const bool takes = !sink.below(stall_sink);
        chip->i___05Fvalid = offered;
        chip->o___05Fready = takes;
        const bool sends = offered && chip->i___05Fready;
        const bool gets = takes && chip->o___05Fvalid;
        if (gets) {
            if (got == capacity) return -2;
            const uint64_t word = chip->o___05Fpayload;
            received[got] = word;
            stamps[got++] = cycle;
            if (left && ((word >> kind_shift) & 7) != KIND_OUTPUT) shared[0] = answers - --left;
        }
        if (sends) {
            ++sent;
            offered = false;
        }
        silent = sends || gets ? 0 : silent + 1;
        if (silent > patience) return -1;
        if ((cycle & 1023) == 0 && shared[1]) return -3;
        rise();
    }
    return static_cast<int64_t>(got);
}
}
