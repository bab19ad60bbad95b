// What Verilator's FST writer needs of zlib, so that nobody has to install its headers: valid zlib
// streams (stored blocks) that save nothing. RFC 1950 and 1951.
#ifndef SPIKELOOM_ZLIB_H
#define SPIKELOOM_ZLIB_H

#include <algorithm>
#include <cstdint>
#include <cstring>

using Bytef = unsigned char;
using uLong = unsigned long;
using uLongf = unsigned long;
const int Z_OK = 0;

inline uLong compressBound(uLong size) { return size + 5 * (size / 65535 + 1) + 6; }

// Adler-32 of RFC 1950.
inline uint32_t adler32_of(const Bytef* data, uLong size) {
    uint32_t low = 1, high = 0;
    for (uLong i = 0; i < size; ++i) {
        low = (low + data[i]) % 65521;
        high = (high + low) % 65521;
    }
    return high << 16 | low;
}

// The whole stream to `target`, which has room for compressBound(size) bytes.
inline int compress2(Bytef* target, uLongf* target_size, const Bytef* source, uLong size, int) {
    Bytef* to = target;
    *to++ = 0x78;
    *to++ = 0x01;
    uLong done = 0;
    do {
        const uLong part = std::min<uLong>(size - done, 65535);
        *to++ = done + part == size;  // the last block
        for (uLong value : {part, ~part}) {
            *to++ = value & 255;
            *to++ = value >> 8 & 255;
        }
        std::memcpy(to, source + done, part);
        to += part;
        done += part;
    } while (done < size);
    const uint32_t sum = adler32_of(source, size);
    for (int shift = 24; shift >= 0; shift -= 8) *to++ = sum >> shift & 255;
    *target_size = to - target;
    return Z_OK;
}

#endif
