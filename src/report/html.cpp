#include "report/html.h"

#include <utility>
#include <vector>

#include "dlwork/base/error.h"
#include "dlwork/base/hash.h"
#include "dlwork/base/version.h"
#include "report/escape.h"
#include "report/summary.h"
#include "report/text_layout.h"

namespace dlwork::embedded {
/// The page's own files and, where it was there, Chart.js, built in by cmake/DlworkEmbed.cmake.
const std::vector<std::pair<std::string, std::string>>& report_page();
}  // namespace dlwork::embedded

namespace dlwork::report {
namespace {

constexpr size_t kPageBytes = 4'500'000;
constexpr int kMostCardText = 140;

const std::string& page_file(const std::string& name) {
  for (const auto& [file, content] : embedded::report_page()) {
    if (file == name) return content;
  }
  assertion_failed("page_file", "a file of the page was not built in", __FILE__, __LINE__);
}

/// Chart.js, or "" where it was not there when the program was built.
const std::string& chart_library() {
  static const std::string kNone;
  for (const auto& [file, content] : embedded::report_page()) {
    if (file == "chart.min.js" || file == "Chart.min.js") return content;
  }
  return kNone;
}

/// Chart.js is under the MIT licence, which asks for its text beside each copy.
constexpr char kChartLicence[] =
    "<details class=\"licence\"><summary>Plots by Chart.js</summary><p>Chart.js: copyright "
    "2014-2022 Chart.js Contributors. Permission is hereby granted, free of charge, to any person "
    "obtaining a copy of this software and associated documentation files (the &quot;Software"
    "&quot;), to deal in the Software without restriction, including without limitation the rights "
    "to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the "
    "Software, and to permit persons to whom the Software is furnished to do so, subject to the "
    "following conditions: The above copyright notice and this permission notice shall be included "
    "in all copies or substantial portions of the Software. THE SOFTWARE IS PROVIDED &quot;AS "
    "IS&quot;, WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE "
    "WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO "
    "EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER "
    "LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN "
    "CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.</p></details>\n";

/// Where live.js shows the training that goes on.
constexpr char kLive[] =
    "<section id=\"live\" class=\"phase live-run\" hidden>\n<h2>Running now</h2>\n"
    "<p class=\"headline state\" aria-live=\"polite\"></p><progress></progress>"
    "<div class=\"figures\"></div></section>\n";

std::string text(const std::string& raw) { return xml_text(one_line(raw)); }

std::string card(const ReportInput::Entry& entry) {
  const std::string name =
      "<span class=\"number\">" + text(entry.number) + "</span> " + text(entry.result.phase);
  if (!entry.ran) {
    return "<li class=\"card unrun\"><div><span class=\"name\">" + name +
           "</span><span class=\"badge unrun\">not run yet</span></div></li>\n";
  }
  return "<li class=\"card " + to_string(entry.result.verdict) + "\"><a href=\"#" +
         anchor_of(entry.result.phase) + "\"><span class=\"name\">" + name + "</span>" +
         badge(entry.result.verdict) + "<span class=\"figure\">" +
         text(cut(one_line(entry.result.headline), kMostCardText)) + "</span></a></li>\n";
}

std::string overall(const ReportInput& input) {
  std::vector<artefact::PhaseResult> results;
  for (const auto& entry : input.entries) {
    if (entry.ran) results.push_back(entry.result);
  }
  if (results.empty()) return "<span class=\"badge unrun\">nothing has run yet</span>";
  return badge(worst_verdict(results));
}

std::string page_header(const ReportInput& input) {
  std::string html = "<header class=\"top\">\n<p class=\"brand\">dlwork report</p>\n<h1>" +
                     text(input.project_name) + " " + overall(input) + "</h1>\n";
  if (!input.question.empty()) {
    html += "<p class=\"question\">" + text(input.question) + "</p>\n";
  }
  html += "<nav aria-label=\"Phases\"><ol class=\"strip\">\n";
  for (const auto& entry : input.entries) html += card(entry);
  html += "</ol></nav>\n";
  if (!input.next.command.empty()) {
    html += "<p class=\"next\"><strong>Next</strong> <code>" + text(input.next.command) +
            "</code> " + text(input.next.reason) + "</p>\n";
  }
  return html + "</header>\n";
}

/// Scripts run only with the nonce, which hangs on the whole body: text from data that got past
/// the escaping could not name it.
std::string page_head(const std::string& title, const std::string& nonce, PageMode mode) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
         "img-src data:; style-src 'unsafe-inline'; script-src 'nonce-" +
         nonce + (mode == PageMode::kServed ? "'; connect-src 'self" : "") +
         "'; base-uri 'none'; form-action 'none'\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
         text(title) + " - dlwork report</title>\n<style>\n" + page_file("page.css") +
         "</style>\n</head>\n";
}

}  // namespace

std::string to_html(const ReportInput& input, PageMode mode) {
  const bool is_served = mode == PageMode::kServed;
  Budget budget(kPageBytes - chart_library().size());
  std::string body = "<body>\n" + page_header(input) + "<main>\n" + (is_served ? kLive : "");
  body += budget.fit(html_progress(input.entries), "The table of progress");
  for (const auto& entry : input.entries) {
    if (entry.ran) body += html_section(entry, budget);
  }
  const bool has_plots = is_served || body.find("class=\"figure-data\"") != std::string::npos;
  const bool has_library = has_plots && !chart_library().empty();
  body += "</main>\n<footer><p>Made by dlwork " + text(version()) + " (" + text(git_commit()) +
          "). This page needs no network.</p>" + (has_library ? kChartLicence : "") + "</footer>\n";
  const std::string nonce = hash_text(body);
  const auto script = [&](const std::string& code) {
    return "<script nonce=\"" + nonce + "\">\n" + code + "</script>\n";
  };
  std::string scripts = script(page_file("page.js"));
  if (has_library) scripts += script(chart_library());
  if (has_plots) {
    for (const char* name : {"tip.js", "zoom.js", "space.js", "matrix.js", "plots.js"}) {
      scripts += script(page_file(name));
    }
  }
  if (is_served) scripts += script(page_file("live.js"));
  return page_head(input.project_name, nonce, mode) + body + scripts + "</body>\n</html>\n";
}

}  // namespace dlwork::report
