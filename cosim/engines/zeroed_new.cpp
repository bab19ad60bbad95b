// operator new that returns zeros, linked into every simulation.
//
// Verilator's wrapper of a hierarchical block numbers its updates with a counter that it does not
// initialize (m_seqnum), and takes the outputs of the update with the larger number. When the
// counter starts just below 2^64 it overflows, the wrapper keeps old outputs, and the chip falls
// silent; whether it does depends on what the memory held before. The wrapper is aligned to a cache
// line, so it comes from the `operator new` for such types.
#include <cstdlib>
#include <cstring>
#include <new>

void* operator new(std::size_t size) {
    if (void* memory = std::calloc(1, size ? size : 1)) return memory;
    throw std::bad_alloc();
}

void* operator new(std::size_t size, std::align_val_t alignment) {
    const std::size_t step = static_cast<std::size_t>(alignment);
    const std::size_t whole = (size + step) / step * step;  // aligned_alloc wants multiples
    if (void* memory = std::aligned_alloc(step, whole)) return std::memset(memory, 0, whole);
    throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
