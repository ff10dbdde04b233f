#include "dlwork/data/pca.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "dlwork/base/error.h"
#include "dlwork/base/rng.h"

namespace dlwork::data {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Floats =
    Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
using Eigen::Index;

constexpr Index kBlockRows = 256;
/// Eigenvalues below this share of the largest are rounding noise.
constexpr double kNoiseShare = 1e-12;

/// Rows `first`.. of the samples, centred and scaled, as doubles.
Matrix block_of(const Floats& values, Index first, Index count, const Eigen::RowVectorXd& mean,
                const Eigen::RowVectorXd& scale) {
  Matrix block = values.middleRows(first, count).cast<double>();
  block.rowwise() -= mean;
  block.array().rowwise() *= scale.array();
  return block;
}

Eigen::RowVectorXd mean_of(const Floats& values) {
  Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(values.cols());
  for (Index row = 0; row < values.rows(); ++row) sum += values.row(row).cast<double>();
  return sum / static_cast<double>(values.rows());
}

/// 1 / sample deviation; 0 for constant columns.
Eigen::RowVectorXd inverse_deviation(const Floats& values, const Eigen::RowVectorXd& mean) {
  Eigen::RowVectorXd squares = Eigen::RowVectorXd::Zero(values.cols());
  for (Index row = 0; row < values.rows(); ++row) {
    squares += (values.row(row).cast<double>() - mean).cwiseAbs2();
  }
  squares /= static_cast<double>(values.rows() - 1);
  return squares.unaryExpr(
      [](double variance) { return variance > 0 ? 1 / std::sqrt(variance) : 0.0; });
}

/// The covariance of the columns, lower triangle.
Eigen::MatrixXd covariance(const Floats& values, const Eigen::RowVectorXd& mean,
                           const Eigen::RowVectorXd& scale) {
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(values.cols(), values.cols());
  for (Index first = 0; first < values.rows(); first += kBlockRows) {
    const Index count = std::min(kBlockRows, values.rows() - first);
    const Matrix block = block_of(values, first, count, mean, scale);
    sum.selfadjointView<Eigen::Lower>().rankUpdate(block.transpose());
  }
  return sum / static_cast<double>(values.rows() - 1);
}

void make_largest_positive(Eigen::Ref<Eigen::VectorXd> component) {
  Index largest = 0;
  component.cwiseAbs().maxCoeff(&largest);
  if (component[largest] < 0) component = -component;
}

/// Takes over eigenpairs (ascending, as Eigen gives them), mapped to the columns' space by
/// `to_columns`.
template <typename ToColumns>
void store(const Eigen::VectorXd& eigenvalues, Index columns, const ToColumns& to_columns,
           Pca& pca) {
  const Index count = eigenvalues.size();
  const double noise = kNoiseShare * std::max(0.0, eigenvalues.maxCoeff());
  pca.components.reserve(static_cast<std::size_t>(count * columns));
  for (Index i = count - 1; i >= 0; --i) {
    const bool real = eigenvalues[i] > noise;
    pca.variances.push_back(std::max(0.0, eigenvalues[i]));
    Eigen::VectorXd component = Eigen::VectorXd::Zero(columns);
    if (real) {
      component = to_columns(i);
      make_largest_positive(component);
    }
    pca.components.insert(pca.components.end(), component.data(), component.data() + columns);
  }
}

/// All components of a covariance, of which the lower triangle is there.
void store_all(const Eigen::MatrixXd& matrix, Pca& pca) {
  pca.total_variance = matrix.trace();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix);
  store(
      solver.eigenvalues(), matrix.cols(),
      [&](Index i) -> Eigen::VectorXd { return solver.eigenvectors().col(i); }, pca);
}

/// An orthonormal basis of the columns' span.
Eigen::MatrixXd basis_of(const Eigen::MatrixXd& matrix) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(matrix);
  return qr.householderQ() * Eigen::MatrixXd::Identity(matrix.rows(), matrix.cols());
}

/// Numbers that are the same on each machine, spread evenly from -1 to 1.
Eigen::MatrixXd fixed_numbers(Index rows, Index columns) {
  Rng rng(1, "principal scores");
  return Eigen::MatrixXd::NullaryExpr(rows, columns, [&] { return 2 * rng.uniform() - 1; });
}

/// Directions drawn beside those wanted (Halko, Martinsson and Tropp 2011, section 4.2), and passes
/// over the samples.
constexpr Index kMoreDirections = 10;
constexpr int kPowers = 4;

/// The space of the first components, and what lies in it.
struct Space {
  Eigen::MatrixXd range;   ///< rows x drawn, orthonormal columns
  Eigen::MatrixXd inside;  ///< drawn x columns: the samples in that space
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;  ///< of inside inside'

  Space(const Matrix& centred, Index count)
      : range(basis_of(centred * fixed_numbers(centred.cols(), count + kMoreDirections))) {
    for (int power = 0; power < kPowers; ++power) {
      range = basis_of(centred * basis_of(centred.transpose() * range));
    }
    inside = range.transpose() * centred;  // algorithm 5.1
    solver.compute(inside * inside.transpose());
  }
  /// Eigen's are ascending.
  Index place(Index component) const { return inside.rows() - 1 - component; }
  double square(Index component) const {
    return std::max(0.0, solver.eigenvalues()[place(component)]);
  }
  /// Not yet of unit length.
  Eigen::VectorXd loading(Index component) const {
    return inside.transpose() * solver.eigenvectors().col(place(component));
  }
};

/// Scores in the first `count` components, as columns.
Eigen::MatrixXd randomised_scores(const Matrix& centred, Index count) {
  const Space space(centred, count);
  Eigen::MatrixXd scores(centred.rows(), count);
  for (Index k = 0; k < count; ++k) {
    const Eigen::VectorXd loading = space.loading(k);
    Index largest = 0;
    loading.cwiseAbs().maxCoeff(&largest);
    scores.col(k) = space.range * space.solver.eigenvectors().col(space.place(k)) *
                    std::copysign(std::sqrt(space.square(k)), loading[largest]);
  }
  return scores;
}

/// Whether so few components are wanted that drawing their space is cheaper than finding all.
bool are_few(Index count, Index rows, Index columns) {
  constexpr Index kManyMore = 3;
  return std::min(rows, columns) > kManyMore * (count + kMoreDirections);
}

Eigen::MatrixXd exact_scores(const Floats& values, const Matrix& centred, Index count) {
  const Pca pca = fit_pca(values.data(), values.rows(), values.cols(), Scaling::kCentre);
  const Eigen::Map<const Matrix> components(pca.components.data(), pca.variances.size(),
                                            values.cols());
  return centred * components.topRows(count).transpose();
}

}  // namespace

Scores principal_scores(const float* values, std::int64_t rows, std::int64_t columns,
                        std::int64_t most) {
  Scores scores{std::min({most, columns, rows}), {}, {}, 0};
  const std::int64_t count = scores.columns;
  scores.values.assign(rows * count, 0);
  scores.variances.assign(count, 0);
  if (rows < 2) return scores;
  const Floats data(values, rows, columns);
  const Matrix centred = block_of(data, 0, rows, mean_of(data), Eigen::RowVectorXd::Ones(columns));
  const Eigen::MatrixXd found = are_few(count, rows, columns) ? randomised_scores(centred, count)
                                                              : exact_scores(data, centred, count);
  const auto degrees = static_cast<double>(rows - 1);
  scores.total_variance = centred.squaredNorm() / degrees;
  for (std::int64_t k = 0; k < count; ++k)
    scores.variances[k] = found.col(k).squaredNorm() / degrees;
  Eigen::Map<Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
      scores.values.data(), rows, count) = found.cast<float>();
  return scores;
}

double Scores::explained(std::int64_t first) const {
  double sum = 0;
  for (std::int64_t k = 0; k < std::min(first, columns); ++k) sum += variances[k];
  return total_variance > 0 ? std::min(1.0, sum / total_variance) : 0;
}

Pca fit_pca(const float* values, std::int64_t rows, std::int64_t columns, Scaling scaling) {
  DLWORK_ASSERT(rows >= 2 && columns >= 1, "principal components need two rows and a column");
  const Floats data(values, rows, columns);
  const Eigen::RowVectorXd mean = mean_of(data);
  const Eigen::RowVectorXd scale = scaling == Scaling::kStandardise
                                       ? inverse_deviation(data, mean)
                                       : Eigen::RowVectorXd::Ones(columns);
  Pca pca;
  pca.mean.assign(mean.data(), mean.data() + columns);
  if (rows >= columns) {
    store_all(covariance(data, mean, scale), pca);
    return pca;
  }
  // X'X and XX' share their eigenvalues; v = X'u / |X'u|.
  const Matrix centred = block_of(data, 0, rows, mean, scale);
  const Eigen::MatrixXd gram = centred * centred.transpose() / static_cast<double>(rows - 1);
  pca.total_variance = gram.trace();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(gram);
  store(
      solver.eigenvalues(), columns,
      [&](Index i) -> Eigen::VectorXd {
        return (centred.transpose() * solver.eigenvectors().col(i)).normalized();
      },
      pca);
  return pca;
}

Pca fit_first_components(const float* values, std::int64_t rows, std::int64_t columns,
                         std::int64_t most) {
  DLWORK_ASSERT(rows >= 2 && columns >= 1, "principal components need two rows and a column");
  if (!are_few(most, rows, columns)) return fit_pca(values, rows, columns, Scaling::kCentre);
  const Floats data(values, rows, columns);
  const Eigen::RowVectorXd mean = mean_of(data);
  const Matrix centred = block_of(data, 0, rows, mean, Eigen::RowVectorXd::Ones(columns));
  const Space space(centred, most);
  const auto degrees = static_cast<double>(rows - 1);
  Pca pca;
  pca.mean.assign(mean.data(), mean.data() + columns);
  pca.total_variance = centred.squaredNorm() / degrees;
  store((space.solver.eigenvalues().tail(most) / degrees).eval(), columns,
        [&](Index i) -> Eigen::VectorXd { return space.loading(most - 1 - i).normalized(); }, pca);
  return pca;
}

ComponentSums::ComponentSums(std::vector<double> shift)
    : shift_(std::move(shift)),
      sums_(shift_.size(), 0.0),
      products_(shift_.size() * shift_.size(), 0.0) {}

void ComponentSums::add(const float* values, std::int64_t rows) {
  const auto columns = static_cast<Index>(shift_.size());
  const Floats data(values, rows, columns);
  const Eigen::Map<const Eigen::RowVectorXd> shift(shift_.data(), columns);
  const Eigen::RowVectorXd ones = Eigen::RowVectorXd::Ones(columns);
  Eigen::Map<Eigen::RowVectorXd> sums(sums_.data(), columns);
  Eigen::Map<Eigen::MatrixXd> products(products_.data(), columns, columns);
  for (Index first = 0; first < rows; first += kBlockRows) {
    const Matrix block =
        block_of(data, first, std::min<Index>(kBlockRows, rows - first), shift, ones);
    sums += block.colwise().sum();
    products.selfadjointView<Eigen::Lower>().rankUpdate(block.transpose());
  }
  rows_ += rows;
}

void ComponentSums::add(const ComponentSums& other) {
  DLWORK_ASSERT(shift_ == other.shift_, "sums of components have one shift");
  for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += other.sums_[i];
  for (std::size_t i = 0; i < products_.size(); ++i) products_[i] += other.products_[i];
  rows_ += other.rows_;
}

Pca ComponentSums::fit(Scaling scaling) const {
  DLWORK_ASSERT(rows_ >= 2 && !shift_.empty(), "principal components need two rows and a column");
  const auto columns = static_cast<Index>(shift_.size());
  const auto n = static_cast<double>(rows_);
  const Eigen::Map<const Eigen::VectorXd> sums(sums_.data(), columns);
  Eigen::MatrixXd matrix = Eigen::Map<const Eigen::MatrixXd>(products_.data(), columns, columns);
  matrix.selfadjointView<Eigen::Lower>().rankUpdate(sums, -1 / n);
  matrix /= n - 1;
  if (scaling == Scaling::kStandardise) {
    const Eigen::VectorXd scale = matrix.diagonal().unaryExpr(
        [](double variance) { return variance > 0 ? 1 / std::sqrt(variance) : 0.0; });
    matrix = (scale.asDiagonal() * matrix * scale.asDiagonal()).eval();
  }
  Pca pca;
  for (Index i = 0; i < columns; ++i) pca.mean.push_back(shift_[i] + sums[i] / n);
  store_all(matrix, pca);
  return pca;
}

double Pca::participation_ratio() const {
  double sum = 0, squares = 0;
  for (const double variance : variances) {
    sum += variance;
    squares += variance * variance;
  }
  return squares > 0 ? sum * sum / squares : 0;
}

std::vector<double> Pca::explained() const {
  std::vector<double> shares;
  double sum = 0;
  for (const double variance : variances) {
    sum += variance;
    shares.push_back(total_variance > 0 ? std::min(1.0, sum / total_variance) : 0.0);
  }
  return shares;
}

std::int64_t Pca::components_for(double share) const {
  if (!(total_variance > 0)) return 0;
  const auto shares = explained();
  // Rounding may leave the whole a hair below 1.
  const auto found = std::find_if(shares.begin(), shares.end(),
                                  [&](double reached) { return reached >= share - 1e-12; });
  return found == shares.end() ? static_cast<std::int64_t>(shares.size())
                               : found - shares.begin() + 1;
}

}  // namespace dlwork::data
