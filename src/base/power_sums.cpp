#include <cmath>

#include "dlwork/base/sketches.h"

namespace dlwork {

void PowerSums::add(double value) {
  const auto before = static_cast<double>(count_++);
  const auto n = static_cast<double>(count_);
  const double step = value - mean_;
  const double share = step / n;
  const double square = share * share;
  const double term = step * share * before;
  mean_ += share;
  fourth_ += term * square * (n * n - 3 * n + 3) + 6 * square * second_ - 4 * share * third_;
  third_ += term * share * (n - 2) - 3 * share * second_;
  second_ += term;
}

void PowerSums::merge(const PowerSums& other) {
  if (other.count_ == 0) return;
  if (count_ == 0) {
    *this = other;
    return;
  }
  const auto a = static_cast<double>(count_), b = static_cast<double>(other.count_);
  const double n = a + b;
  const double step = other.mean_ - mean_;
  const double step2 = step * step, step3 = step2 * step, step4 = step2 * step2;
  fourth_ += other.fourth_ + step4 * a * b * (a * a - a * b + b * b) / (n * n * n) +
             6 * step2 * (a * a * other.second_ + b * b * second_) / (n * n) +
             4 * step * (a * other.third_ - b * third_) / n;
  third_ += other.third_ + step3 * a * b * (a - b) / (n * n) +
            3 * step * (a * other.second_ - b * second_) / n;
  second_ += other.second_ + step2 * a * b / n;
  mean_ += step * b / n;
  count_ += other.count_;
}

double PowerSums::deviation() const {
  return count_ < 2 ? 0 : std::sqrt(second_ / static_cast<double>(count_ - 1));
}

double PowerSums::skewness() const {
  if (!(second_ > 0)) return 0;
  return std::sqrt(static_cast<double>(count_)) * third_ / std::pow(second_, 1.5);
}

double PowerSums::excess_kurtosis() const {
  if (!(second_ > 0)) return 0;
  return static_cast<double>(count_) * fourth_ / (second_ * second_) - 3;
}

}  // namespace dlwork
