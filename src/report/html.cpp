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
/// page.css and page.js, built in by cmake/DlworkEmbed.cmake.
const std::vector<std::pair<std::string, std::string>>& report_page();
}  // namespace dlwork::embedded

namespace dlwork::report {
namespace {

constexpr size_t kMostBytes = 4'500'000;
constexpr int kMostCardText = 140;

const std::string& page_file(const std::string& name) {
  for (const auto& [file, content] : embedded::report_page()) {
    if (file == name) return content;
  }
  assertion_failed("page_file", "a file of the page was not built in", __FILE__, __LINE__);
}

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
std::string page_head(const std::string& title, const std::string& nonce) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
         "img-src data:; style-src 'unsafe-inline'; script-src 'nonce-" +
         nonce +
         "'; base-uri 'none'; form-action 'none'\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
         text(title) + " - dlwork report</title>\n<style>\n" + page_file("page.css") +
         "</style>\n</head>\n";
}

}  // namespace

std::string to_html(const ReportInput& input) {
  Budget budget(kMostBytes);
  std::string body = "<body>\n" + page_header(input) + "<main>\n";
  for (const auto& entry : input.entries) {
    if (entry.ran) body += html_section(entry, budget);
  }
  body += "</main>\n<footer><p>Made by dlwork " + text(version()) + " (" + text(git_commit()) +
          "). This page needs no network.</p></footer>\n";
  const std::string nonce = hash_text(body);
  return page_head(input.project_name, nonce) + body + "<script nonce=\"" + nonce + "\">\n" +
         page_file("page.js") + "</script>\n</body>\n</html>\n";
}

}  // namespace dlwork::report
