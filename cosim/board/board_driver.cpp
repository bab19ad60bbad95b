// The simulated board's driver: a Verilated chip with its link, and a UART at the other end.
//
// Flat C interface for ctypes. A board lives from `spikeloom_board_open` to
// `spikeloom_board_close`; all its calls come from one thread.
#include <cstdint>

#include "Vtop.h"
#include "verilated.h"

namespace {

// One bit after the other, `divisor` clock cycles each; the line is high at rest.
struct Line {
    uint64_t divisor, cycle = 0;
    int bit = -1;  // of the byte under way: 0 start, 1 to 8 data, 9 stop; -1 for none
    uint8_t byte = 0;
};

struct Talker : Line {
    // The level in this cycle; takes the next byte, if there is one, when the last is over.
    int level(const uint8_t* in, uint64_t count, uint64_t& taken) {
        if (bit < 0) {
            if (taken == count) return 1;
            byte = in[taken++];
            bit = 0;
            cycle = 0;
        }
        const int now = bit == 0 ? 0 : bit == 9 ? 1 : byte >> (bit - 1) & 1;
        if (++cycle == divisor) {
            cycle = 0;
            bit = bit == 9 ? -1 : bit + 1;
        }
        return now;
    }
};

struct Listener : Line {
    // Whether a byte is complete; bits are looked at in their middle.
    bool hear(int level) {
        if (bit < 0) {
            if (level) return false;
            bit = 0;
            cycle = 0;
        }
        if (cycle == divisor / 2) {
            if (bit == 9) {
                bit = -1;
                return level;  // the stop bit
            }
            if (bit > 0) byte = static_cast<uint8_t>(byte >> 1 | level << 7);
        }
        if (++cycle == divisor) {
            cycle = 0;
            ++bit;
        }
        return false;
    }
};

struct Board {
    VerilatedContext context;
    Vtop* chip;
    Talker talker;
    Listener listener;
    explicit Board(uint64_t divisor) {
        // Hierarchical blocks take their context from the thread.
        Verilated::threadContextp(&context);
        chip = new Vtop(&context);
        talker.divisor = listener.divisor = divisor;
        chip->rx = 1;
        chip->rst = 1;
        chip->clk = 0;
        chip->eval();
        for (int i = 0; i < 3; ++i) rise();
        chip->rst = 0;
        chip->eval();
    }
    ~Board() {
        chip->final();  // frees the blocks' models
        delete chip;
    }
    void rise() {
        chip->clk = 1;
        chip->eval();
        chip->clk = 0;
        chip->eval();
    }
};

}  // namespace

extern "C" {

void* spikeloom_board_open(uint64_t divisor) { return new Board(divisor); }

void spikeloom_board_close(void* board) { delete static_cast<Board*>(board); }

// Runs `cycles` clock cycles. Bytes in[0..count) go to the board as fast as the line takes them;
// `taken` of them have begun. Returns the number of bytes that came, at most one per 10 * divisor
// cycles and one more, into `out`.
uint64_t spikeloom_board_run(void* board, const uint8_t* in, uint64_t count, uint64_t* taken,
                             uint8_t* out, uint64_t cycles) {
    auto& b = *static_cast<Board*>(board);
    Verilated::threadContextp(&b.context);
    uint64_t got = 0;
    *taken = 0;
    for (uint64_t i = 0; i < cycles; ++i) {
        b.chip->rx = b.talker.level(in, count, *taken);
        if (b.listener.hear(b.chip->tx)) out[got++] = b.listener.byte;
        b.rise();
    }
    return got;
}

// The lamps: bit 0 active, bit 1 error.
int spikeloom_board_lamps(void* board) {
    const auto& b = *static_cast<Board*>(board);
    return b.chip->active | b.chip->error << 1;
}
}
