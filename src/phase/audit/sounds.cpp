#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "phase/audit/check.h"
#include "phase/audit/stats/skill.h"
#include "phase/audit/target_skill.h"

namespace dlwork::phase::audit {

using artefact::Severity;
using data::SoundFile;

namespace {

constexpr std::size_t kFewestSounds = 20;

double decibels(double level) { return 20 * std::log10(std::max(level, 1e-15)); }

bool is_silent(const SoundFile& file, const spec::AuditThresholds& limits) {
  return decibels(file.level) < limits.silent_level || file.silent > limits.silent_frames;
}

Rows sounds_where(const Audit& audit, const std::function<bool(const SoundFile&)>& holds) {
  Rows rows;
  const auto& files = audit.files.sounds;
  for (std::size_t row = 0; row < files.size(); ++row) {
    if (holds(files[row])) rows.push_back(static_cast<std::int64_t>(row));
  }
  return rows;
}

/// "3 recordings (5 %) TEXT, the first at PLACE".
artefact::Finding& report_sounds(Audit& audit, const char* id, Severity severity,
                                 const std::string& text, const Rows& rows) {
  const double share = share_of(rows.size(), audit.files.sounds.size());
  return audit.add(id, severity,
                   count_of(rows.size()) + (rows.size() == 1 ? " recording (" : " recordings (") +
                       percent(share) + ") " + text + ", the first at " +
                       audit.samples().where(rows.front()),
                   {{"samples", rows.size()}, {"share", share}, {"rows", audit.places(rows)}});
}

/// What should not tell the target, nor differ between groups.
struct SoundProperty {
  const char* name;
  double (*of)(const SoundFile&);
};
const std::vector<SoundProperty>& sound_properties() {
  static const std::vector<SoundProperty> all{
      {"level", [](const SoundFile& f) { return decibels(f.level); }},
      {"offset", [](const SoundFile& f) { return f.level > 0 ? f.offset / f.level : 0; }},
      {"roll-off", [](const SoundFile& f) { return f.roll_off; }},
      {"bandwidth", [](const SoundFile& f) { return f.band; }},
      {"duration", [](const SoundFile& f) { return f.seconds; }},
  };
  return all;
}

std::vector<double> sound_values(const Audit& audit, const SoundProperty& property,
                                 const Rows& rows) {
  std::vector<double> values;
  for (const auto row : rows) values.push_back(property.of(audit.files.sounds[row]));
  return values;
}

/// Share of the variance of `values` that lies between groups; NaN where there is no variance.
double between_groups(const std::vector<double>& values, const std::vector<std::int32_t>& groups) {
  std::map<std::int32_t, std::pair<double, double>> sums;  // sum and count
  double all = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sums[groups[i]].first += values[i];
    sums[groups[i]].second += 1;
    all += values[i];
  }
  const double mean = all / static_cast<double>(values.size());
  double total = 0, between = 0;
  for (const double value : values) total += (value - mean) * (value - mean);
  for (const auto& [group, sum] : sums) {
    const double middle = sum.first / sum.second;
    between += sum.second * (middle - mean) * (middle - mean);
  }
  return total > 0 ? between / total : NAN;
}

}  // namespace

void check_sound_formats(Audit& audit) {
  std::map<std::string, std::vector<std::int64_t>> formats;
  std::map<std::int64_t, std::int64_t> rates;
  const auto& files = audit.files.sounds;
  for (std::size_t row = 0; row < files.size(); ++row) {
    formats[files[row].format()].push_back(static_cast<std::int64_t>(row));
    ++rates[files[row].rate];
  }
  if (formats.size() < 2) return;
  const auto common = std::max_element(
      formats.begin(), formats.end(),
      [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  Rows others;
  Json counts = Json::object();
  for (const auto& [format, rows] : formats) {
    counts[format] = rows.size();
    if (format != common->first) others.insert(others.end(), rows.begin(), rows.end());
  }
  std::sort(others.begin(), others.end());
  const bool rate_open = rates.size() > 1 && audit.context.project.data.sound.rate == 0;
  Json named = Json::array();  // every one: other phases ask for each of them
  for (const auto row : others) named.push_back(audit.samples().where(row));
  auto& finding =
      report_sounds(audit, "audio-format-mixed", rate_open ? Severity::kError : Severity::kWarn,
                    "are not of the usual format (" + common->first + ") but others such as " +
                        files[others.front()].format(),
                    others);
  finding.evidence["formats"] = std::move(counts);
  finding.evidence["files"] = std::move(named);
  finding.evidence["rates"] = rates.size();
  if (rate_open) finding.key = "data.sound.rate";
}

void check_sound_faults(Audit& audit) {
  const auto& limits = audit.limits();
  const Rows clipped =
      sounds_where(audit, [&](const SoundFile& f) { return f.clipped > limits.clipped_share; });
  if (!clipped.empty()) {
    report_sounds(audit, "audio-clipped", Severity::kWarn,
                  "are clipped: runs of samples stand at full scale", clipped)
        .evidence["clipped"] = audit.files.sounds[clipped.front()].clipped;
  }
  const Rows silent = sounds_where(audit, [&](const SoundFile& f) { return is_silent(f, limits); });
  if (!silent.empty()) {
    report_sounds(audit, "audio-silent", Severity::kWarn, "are silent, all or nearly all of it",
                  silent)
        .evidence["level"] = decibels(audit.files.sounds[silent.front()].level);
  }
  const Rows shifted = sounds_where(audit, [&](const SoundFile& f) {
    return !is_silent(f, limits) && std::abs(f.offset) > limits.offset_share * f.level;
  });
  if (shifted.empty()) return;
  const SoundFile& first = audit.files.sounds[shifted.front()];
  report_sounds(audit, "audio-dc-offset", Severity::kWarn,
                "do not swing about zero (mean more than " + percent(limits.offset_share) +
                    " of the root mean square)",
                shifted)
      .evidence["offset"] = first.offset / first.level;
}

void check_sound_bands(Audit& audit) {
  const double narrow = audit.limits().band_narrow;
  Rows narrow_ones, wide_ones;
  for (std::size_t row = 0; row < audit.files.sounds.size(); ++row) {
    const SoundFile& file = audit.files.sounds[row];
    if (is_silent(file, audit.limits())) continue;
    (file.band < narrow ? narrow_ones : wide_ones).push_back(static_cast<std::int64_t>(row));
  }
  if (narrow_ones.empty() || wide_ones.size() < narrow_ones.size()) return;
  // One set cut in two by the limit is no second kind of recording: the others must lie well above.
  std::vector<double> wide;
  for (const auto row : wide_ones) wide.push_back(audit.files.sounds[row].band);
  const Spread others = spread_of(wide);
  std::vector<double> below;
  for (const auto row : narrow_ones) below.push_back(audit.files.sounds[row].band);
  if (others.lower_quartile - *std::max_element(below.begin(), below.end()) < (1 - narrow) / 2) {
    return;
  }
  auto& finding =
      report_sounds(audit, "audio-bandwidth", Severity::kWarn,
                    "hold hardly anything above " + percent(spread_of(below).median) +
                        " of half their rate, the others up to " + percent(others.median),
                    narrow_ones);
  finding.evidence["band"] = spread_of(below).median;
  finding.evidence["others"] = others.median;
}

void check_sound_lengths(Audit& audit) {
  const auto& files = audit.files.sounds;
  std::vector<double> seconds;
  for (const SoundFile& file : files) seconds.push_back(file.seconds);
  if (seconds.empty()) return;
  const Spread spread = spread_of(seconds);
  const double reach = audit.limits().duration_ranges * spread.range();
  const Rows odd = sounds_where(audit, [&](const SoundFile& file) {
    return file.seconds < audit.limits().duration_least ||
           (reach > 0 && (file.seconds > spread.upper_quartile + reach ||
                          file.seconds < spread.lower_quartile - reach));
  });
  if (!odd.empty()) {
    auto& finding = report_sounds(audit, "audio-duration", Severity::kInfo,
                                  "are far shorter or longer than the others, the first of " +
                                      pretty_number(files[odd.front()].seconds, 3) + " s",
                                  odd);
    finding.evidence["seconds"] = files[odd.front()].seconds;
    finding.evidence["median"] = spread.median;
  }
}

void check_sound_groups(Audit& audit) {
  for (const data::Column& column : audit.samples().carried.columns) {
    if (column.info.meaning != data::Meaning::kGroup) continue;
    Rows rows;
    std::vector<std::int32_t> groups;
    std::map<std::int32_t, int> sizes;
    for (const auto row : audit.train()) {
      if (column.is_missing(row)) continue;
      rows.push_back(row);
      groups.push_back(column.codes[row]);
      ++sizes[column.codes[row]];
    }
    // Of groups of a few each, much of any variance lies between them by chance.
    if (rows.size() < kFewestSounds || sizes.size() < 2 || 5 * sizes.size() > rows.size()) continue;
    for (const SoundProperty& property : sound_properties()) {
      const double share = between_groups(sound_values(audit, property, rows), groups);
      if (!(share > audit.limits().group_share)) continue;
      audit.add_about(column, "audio-group-shift", Severity::kWarn,
                      percent(share) + " of the variance of the recordings' " + property.name +
                          " lies between the " + count_of(sizes.size()) + " groups of " +
                          column.name,
                      {{"property", property.name},
                       {"share", share},
                       {"groups", sizes.size()},
                       {"samples", rows.size()}});
    }
  }
}

void check_sound_properties(Audit& audit) {
  const Rows rows = shuffled_sample(audit);
  if (rows.size() < kFewestSounds) return;
  for (const SoundProperty& property : sound_properties()) {
    const double score =
        skill_of_groups(audit, group_numbers(sound_values(audit, property, rows)), rows);
    if (score < audit.limits().property_warn) continue;
    audit.add("spurious-property",
              score >= audit.limits().property_error ? Severity::kError : Severity::kWarn,
              std::string(property.name) + " of the recordings alone tells the target (score " +
                  pretty_number(score, 3) + ")",
              {{"property", property.name}, {"score", score}, {"samples", rows.size()}});
  }
}

}  // namespace dlwork::phase::audit
