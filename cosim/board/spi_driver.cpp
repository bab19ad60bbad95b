// The driver of a board behind an SPI bus, of which it is the controller.
#include <cstdint>

#include "Vtop.h"

namespace {

constexpr uint8_t FLAG = 0x7e;  // sent while there is nothing to send

// Mode 0, most significant bit first, `divisor` clock cycles per bit. Each run of the board is a
// transaction of as many bytes as fit into its cycles, with pauses as long as a bit around them.
struct Line {
    const uint64_t divisor;
    uint64_t cycle = 0;  // of the byte under way
    uint64_t pause = 0;  // cycles until the next edge of cs_n or sclk may come
    bool selected = false;
    uint8_t out = 0, came = 0;
    explicit Line(uint64_t divisor) : divisor(divisor) {}
    void rest(Vtop& chip) {
        chip.cs_n = 1;
        chip.sclk = 0;
        chip.copi = 0;
    }
    int step(Vtop& chip, const uint8_t* in, uint64_t count, uint64_t& taken, uint64_t left) {
        if (pause > 0) {
            --pause;
            return -1;
        }
        const bool fits = left >= (selected ? 10 : 11) * divisor;  // a byte and the pauses
        if (cycle == 0 && selected != fits) {
            if (chip.sclk) {
                chip.sclk = 0;
            } else {
                selected = fits;
                chip.cs_n = !selected;
            }
            pause = divisor - 1;
            return -1;
        }
        if (!selected) return -1;
        if (cycle == 0) out = taken < count ? in[taken++] : FLAG;
        const uint64_t bit = 7 - cycle / divisor, phase = cycle % divisor;
        chip.copi = out >> bit & 1;
        chip.sclk = phase >= divisor / 2;
        if (phase == divisor / 2) came = static_cast<uint8_t>(came << 1 | chip.cipo);
        if (++cycle < 8 * divisor) return -1;
        cycle = 0;
        return came;
    }
};

}  // namespace

#include "board_driver.h"
