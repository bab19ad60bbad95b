// The driver of a board behind a UART.
#include <cstdint>

#include "Vtop.h"

namespace {

// One bit after the other, `divisor` clock cycles each; the line is high at rest.
struct Way {
    uint64_t divisor, cycle = 0;
    int bit = -1;  // of the byte under way: 0 start, 1 to 8 data, 9 stop; -1 for none
    uint8_t byte = 0;
};

struct Talker : Way {
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

struct Listener : Way {
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

struct Line {
    Talker talker;
    Listener listener;
    explicit Line(uint64_t divisor) { talker.divisor = listener.divisor = divisor; }
    void rest(Vtop& chip) { chip.rx = 1; }
    int step(Vtop& chip, const uint8_t* in, uint64_t count, uint64_t& taken, uint64_t) {
        chip.rx = talker.level(in, count, taken);
        return listener.hear(chip.tx) ? listener.byte : -1;
    }
};

}  // namespace

#include "board_driver.h"
