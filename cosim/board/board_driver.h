// The simulated board's driver: a Verilated chip with its link, and a line at the other end.
//
// Flat C interface for ctypes. A board lives from `spikeloom_board_open` to
// `spikeloom_board_close`; all its calls come from one thread.
//
// The file that includes this one defines the line before:
//
//   struct Line {
//       explicit Line(uint64_t divisor);  // clock cycles per bit
//       void rest(Vtop& chip);            // levels of the pins while nothing is sent
//       // One clock cycle of `left` that are still to come, this one included. Bytes in[0..count)
//       // go to the board, `taken` of them have begun. Returns the byte that came, -1 for none.
//       int step(Vtop& chip, const uint8_t* in, uint64_t count, uint64_t& taken, uint64_t left);
//   };
#include "verilated.h"

namespace {

struct Board {
    VerilatedContext context;
    Vtop* chip;
    Line line;
    explicit Board(uint64_t divisor) : line(divisor) {
        // Hierarchical blocks take their context from the thread.
        Verilated::threadContextp(&context);
        chip = new Vtop(&context);
        line.rest(*chip);
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
// `taken` of them have begun. Returns the number of bytes that came, at most one per 8 * divisor
// cycles and one more, into `out`.
uint64_t spikeloom_board_run(void* board, const uint8_t* in, uint64_t count, uint64_t* taken,
                             uint8_t* out, uint64_t cycles) {
    auto& b = *static_cast<Board*>(board);
    Verilated::threadContextp(&b.context);
    uint64_t got = 0;
    *taken = 0;
    for (uint64_t left = cycles; left > 0; --left) {
        const int byte = b.line.step(*b.chip, in, count, *taken, left);
        if (byte >= 0) out[got++] = static_cast<uint8_t>(byte);
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
