// What Verilator's FST writer needs of liblz4, so that nobody has to install it: valid LZ4 blocks
// (one run of literals) that save nothing. lz4_Block_format.md of the LZ4 project.
#ifndef SPIKELOOM_LZ4_H
#define SPIKELOOM_LZ4_H

#include <cstring>

inline int LZ4_compressBound(int size) { return size + size / 255 + 16; }

// Returns the size of the block in `target`, which has room for LZ4_compressBound(size) bytes.
inline int LZ4_compress_default(const char* source, char* target, int size, int) {
    char* to = target;
    *to++ = static_cast<char>((size < 15 ? size : 15) << 4);
    if (size >= 15) {
        int left = size - 15;
        for (; left >= 255; left -= 255) *to++ = static_cast<char>(255);
        *to++ = static_cast<char>(left);
    }
    std::memcpy(to, source, size);
    return static_cast<int>(to - target) + size;
}

#endif
