#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "dlwork/base/files.h"
#include "dlwork/base/png.h"
#include "dlwork/report/render.h"
#include "report/builders.h"

namespace dlwork::report {

inline constexpr char kAttack[] = "<script>alert(1)</script>";
inline constexpr int kTrials = 200, kFindings = 60;

inline Json rising(int count, double factor) {
  Json values = Json::array();
  for (int i = 0; i < count; ++i) values.push_back(i * factor);
  return values;
}

/// 12 rows of 40 columns: too many for the numbers in them, and for all of their names.
inline Json large_matrix() {
  Json rows = Json::array({kAttack}), columns = rows, values = Json::array();
  for (int r = 1; r < 12; ++r) rows.push_back("row " + std::to_string(r));
  for (int c = 1; c < 40; ++c) columns.push_back("column " + std::to_string(c));
  for (int r = 0; r < 12; ++r) {
    values.push_back(Json::array());
    for (int c = 0; c < 40; ++c) values.back().push_back(r + c / 8.0);
  }
  return {{"rows", rows}, {"columns", columns}, {"values", values}};
}

inline std::vector<artefact::Figure> large_figures() {
  const Json x = rising(kTrials, 1), y = rising(kTrials, 0.5), low = rising(kTrials, 0.4);
  const Json band = {{"name", kAttack}, {"x", x}, {"y", y}, {"low", low}, {"high", x}};
  const Json plain = {{"name", "best"}, {"x", x}, {"y", x}, {"tiles", rising(kTrials, 0)}};
  Json deep = plain, other = plain;
  deep["space"] = Json::array({x, y, low});
  other["name"] = kAttack;
  other["space"] = Json::array({y, x, x});
  return {{"l",
           "Lines",
           "lines",
           {{"x_label", "trial"},
            {"y_label", "accuracy"},
            {"series", Json::array({band, plain})},
            {"marks", Json::array({{{"y", 50}, {"label", "goal"}}})}},
           "Lines."},
          {"s", "Points", "scatter", {{"diagonal", true}, {"series", Json::array({plain})}}, ""},
          {"b",
           "Bars",
           "bars",
           {{"y_label", "recall"},
            {"labels", {kAttack, "b"}},
            {"series", Json::array({{{"name", "recall"}, {"values", {0.5, nullptr}}}})}},
           ""},
          {"h",
           "Bins",
           "histogram",
           {{"x_label", "weight"},
            {"edges", {0, 1, 4}},
            {"series", Json::array({{{"name", "all"}, {"counts", {3, 5}}}})}},
           ""},
          {"e",
           "Map",
           "embedding",
           {{"method", "t-SNE"},
            {"space_method", "PCA"},
            {"series", Json::array({deep, other})},
            {"sprite", {{"file", "sprite.png"}, {"width", 2}, {"height", 2}, {"columns", 1}}}},
           ""},
          {"m", "Confusion", "matrix", large_matrix(), ""},
          {"r",
           "Rates",
           "lines",
           {{"x_label", "learning rate"},
            {"y_label", "loss"},
            {"log_x", true},
            {"series",
             Json::array({{{"name", "loss"}, {"x", {0.001, 0.01, 0.1, 1}}, {"y", {4, 3, 2, 1}}}})}},
           ""}};
}

/// A finding that the figure `id` of its phase shows.
inline artefact::Finding shown(const std::string& id) {
  auto made = finding("shown-by-a-picture", artefact::Severity::kWarn, kAttack, "Look at it.");
  made.evidence = {{"figure", id}, {"share", 0.25}};
  return made;
}

/// 200 trials, three runs of them, 60 findings and every kind of figure; two phases name a figure
/// alike.
inline ReportInput large_input(const std::filesystem::path& folder) {
  const std::vector<std::uint8_t> pixels(4, 90);
  write_file(folder / "sprite.png", png_bytes(2, 2, 1, pixels.data()));
  auto tune = result_of("tune", artefact::Verdict::kWarn, "best of 200 trials");
  artefact::Table table{"trials", "Trials", {"settings", "accuracy"}, {false, true}, {}, ""};
  for (int trial = 0; trial < kTrials; ++trial) {
    table.rows.push_back({"trial-" + std::to_string(trial) + " lr " + kAttack,
                          std::to_string(0.5 + 0.001 * ((trial * 37) % kTrials))});
  }
  artefact::Table layers{"layers", "Layers", {"layer", "parameters"}, {false, true}, {}, ""};
  layers.rows = {{"0 linear", "24"}, {"1 relu", "0"}, {"2 output", "8"}, {"all", "32"}};
  tune.tables = {table, layers};
  tune.figures = large_figures();
  tune.metrics = {{"accuracy", 0.91, 0.9, 0.92, "validation", 100, "best trial", true}};
  auto audit = result_of("audit", artefact::Verdict::kFail, kAttack);
  for (int i = 0; i < kFindings; ++i) {
    audit.findings.push_back(
        finding("finding-" + std::to_string(i),
                i % 3 == 0 ? artefact::Severity::kWarn : artefact::Severity::kInfo, kAttack,
                "Do something."));
  }
  audit.metrics = {{"accuracy", 0.8, 0.7, 0.9, "validation", 100, "trivial", true}};
  tune.findings = {shown("l")};
  auto ensemble = result_of("ensemble", artefact::Verdict::kWarn, "three members");
  ensemble.figures = {large_figures().front()};
  ensemble.figures[0].title = "Members";
  ensemble.figures[0].data["group"] = "In a fold";
  ensemble.findings = {shown("l")};
  ReportInput input;
  input.project_name = kAttack;
  input.question = "Which?";
  auto baseline = result_of("baseline", artefact::Verdict::kPass, "notes alone, in a fold");
  for (int i = 0; i < 14; ++i) {
    baseline.findings.push_back(
        finding("note-" + std::to_string(i), artefact::Severity::kInfo, kAttack, ""));
  }
  input.entries = {{audit, folder, "2", "Check the data"},
                   {baseline, folder, "4", "Learn something"},
                   {tune, folder, "6", "Search"},
                   {ensemble, folder, "7", "Beyond"}};
  for (const double seconds : {45.0, 278.0, 5.5}) {
    tune.record = {{"seconds", seconds}};
    input.entries[2].runs.push_back({"20261101-amber-heron", tune, "seed 2 (now 1)"});
  }
  input.next = {"dlwork ensemble", "train several"};
  return input;
}

}  // namespace dlwork::report
