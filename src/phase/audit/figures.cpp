#include "phase/audit/figures.h"

#include <algorithm>
#include <cmath>

#include "dlwork/base/stats.h"
#include "dlwork/data/words.h"
#include "phase/audit/categories.h"
#include "phase/audit/series.h"

namespace dlwork::phase::audit {
namespace {

using data::Column;

/// Adds a column of numbers, one a sample.
template <class Of>
void add_numbers(const std::string& name, std::int64_t count, const Of& of, data::Table& table) {
  Column column;
  column.name = name;
  column.numbers.reserve(static_cast<std::size_t>(count));
  for (std::int64_t row = 0; row < count; ++row) {
    column.numbers.push_back(static_cast<double>(of(static_cast<std::size_t>(row))));
  }
  table.columns.push_back(std::move(column));
}

template <class Of>
void add_texts(const std::string& name, std::int64_t count, const Of& of, data::Table& table) {
  Column column;
  column.name = name;
  column.type = data::ColumnType::kCategory;
  CategoryFiller filler(column);
  for (std::int64_t row = 0; row < count; ++row) filler.add(of(static_cast<std::size_t>(row)));
  table.columns.push_back(std::move(column));
}

/// Facts of files are there where the data were read for an audit; samples are not always files.
template <class File>
bool known_of_all(const std::vector<File>& files, const data::Samples& samples) {
  return samples.count > 0 && static_cast<std::int64_t>(files.size()) == samples.count;
}

void add_pictures(const data::Samples& samples, const data::FileFacts& files,
                  const std::vector<PictureFacts>& facts, data::Table& table) {
  for (const PictureProperty& property : picture_properties()) {
    if (property.colour && samples.pictures.channels != 3) continue;
    add_numbers(
        std::string(property.name) + " of the pictures", samples.count,
        [&](std::size_t row) { return property.of(facts[row]); }, table);
  }
  const auto& all = files.pictures;
  if (!known_of_all(all, samples)) return;
  add_numbers(
      "width of the files", samples.count, [&](std::size_t row) { return all[row].width; }, table);
  add_numbers(
      "height of the files", samples.count, [&](std::size_t row) { return all[row].height; },
      table);
  add_texts(
      "mode of the files", samples.count, [&](std::size_t row) { return all[row].mode(); }, table);
}

void add_series(const data::Samples& samples, data::Table& table) {
  const data::Sequences& series = samples.sequences;
  add_numbers(
      "length of the series", samples.count, [&](std::size_t row) { return series.lengths[row]; },
      table);
  for (std::int64_t channel = 0; channel < series.channels; ++channel) {
    std::vector<double> means, deviations, gaps;
    for (std::int64_t row = 0; row < samples.count; ++row) {
      const auto values = present_values(series, row, channel);
      const auto steps = static_cast<double>(series.lengths[row]);
      means.push_back(values.empty() ? NAN : mean(values));
      deviations.push_back(values.empty() ? NAN : standard_deviation(values));
      gaps.push_back(1 - static_cast<double>(values.size()) / steps);
    }
    const std::string of = " of channel " + std::to_string(channel + 1);
    const auto add = [&](const std::string& what, const std::vector<double>& values) {
      add_numbers(
          what + of, samples.count, [&](std::size_t row) { return values[row]; }, table);
    };
    add("mean", means);
    add("deviation", deviations);
    add("missing share", gaps);
  }
}

void add_sounds(const data::Samples& samples, const data::FileFacts& files, data::Table& table) {
  const auto& all = files.sounds;
  if (!known_of_all(all, samples)) return;
  constexpr double kLeastLevel = 1e-15;  // of digital silence
  add_numbers(
      "rate of the recordings", samples.count, [&](std::size_t row) { return all[row].rate; },
      table);
  add_numbers(
      "duration of the recordings", samples.count,
      [&](std::size_t row) { return all[row].seconds; }, table);
  add_numbers(
      "loudness of the recordings", samples.count,
      [&](std::size_t row) { return 20 * std::log10(std::max(all[row].level, kLeastLevel)); },
      table);
  add_numbers(
      "roll-off of the recordings", samples.count,
      [&](std::size_t row) { return all[row].roll_off; }, table);
  add_numbers(
      "silent share of the recordings", samples.count,
      [&](std::size_t row) { return all[row].silent; }, table);
}

void add_lines(const data::Samples& samples, data::Table& table) {
  add_numbers(
      "words of a line", samples.count,
      [&](std::size_t row) { return data::line_words(samples.texts[row]).size(); }, table);
  add_numbers(
      "bytes of a line", samples.count, [&](std::size_t row) { return samples.texts[row].size(); },
      table);
}

}  // namespace

const data::Table& compared_columns(const data::Samples& samples, const data::FileFacts& files,
                                    Facts& facts, data::Table& made) {
  made = data::Table();
  made.rows = samples.count;
  switch (samples.kind) {
    case data::Kind::kTable:
    case data::Kind::kEnvironment:
      return samples.table;
    case data::Kind::kImage:
      add_pictures(samples, files, facts.pictures(), made);
      break;
    case data::Kind::kSequence:
      if (samples.sequences.sound) {
        add_sounds(samples, files, made);
      } else {
        add_series(samples, made);
      }
      break;
    case data::Kind::kText:
      add_lines(samples, made);
      break;
  }
  return made;
}

std::string column_subject(const std::string& kind, const std::string& name) {
  return kind == data::to_string(data::Kind::kTable) ? "column " + name : name;
}

}  // namespace dlwork::phase::audit
