#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace dlwork::model::plan {

/// Floats that a product may read past the end of a matrix: the widest panel.
inline constexpr std::int64_t kSlack = 64;

/// Memory that grows when asked and stays where it is otherwise, on a cache line, with slack.
class Buffer {
 public:
  /// At least `count` floats; their values are lost when it grows.
  float* need(std::int64_t count) {
    if (count <= size_) return data_.get();
    const std::size_t bytes =
        (static_cast<std::size_t>(count + kSlack) * sizeof(float) + 63) / 64 * 64;
    data_.reset(static_cast<float*>(std::aligned_alloc(64, bytes)));
    if (!data_) throw std::bad_alloc();
    size_ = count;
    for (std::int64_t i = 0; i < kSlack; ++i) data_.get()[count + i] = 0;
    return data_.get();
  }
  float* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(float* data) const { std::free(data); }
  };
  std::unique_ptr<float, Free> data_;
  std::int64_t size_ = 0;
};

}  // namespace dlwork::model::plan
