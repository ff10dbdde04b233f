#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace dlwork::model::plan {

/// Floats that a product may read past the end of a matrix: the widest panel.
inline constexpr std::int64_t kSlack = 64;

/// Memory that grows when asked and stays where it is otherwise, on a cache line, with slack. What
/// spans several huge pages asks for them: a product walks through many pages at once.
class Buffer {
 public:
  /// At least `count` floats; their values are lost when it grows.
  float* need(std::int64_t count) {
    if (count <= size_) return data_.get();
    const std::size_t asked = static_cast<std::size_t>(count + kSlack) * sizeof(float);
    const std::size_t unit = asked >= 2 * kHugePage ? kHugePage : 64;
    const std::size_t bytes = (asked + unit - 1) / unit * unit;
    data_.reset(static_cast<float*>(std::aligned_alloc(unit, bytes)));
    if (!data_) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
    if (unit == kHugePage) ::madvise(data_.get(), bytes, MADV_HUGEPAGE);
#endif
    size_ = count;
    for (std::int64_t i = 0; i < kSlack; ++i) data_.get()[count + i] = 0;
    return data_.get();
  }
  float* data() const { return data_.get(); }

 private:
  static constexpr std::size_t kHugePage = std::size_t{1} << 21;
  struct Free {
    void operator()(float* data) const { std::free(data); }
  };
  std::unique_ptr<float, Free> data_;
  std::int64_t size_ = 0;
};

}  // namespace dlwork::model::plan
