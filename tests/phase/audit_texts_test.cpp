#include <gmock/gmock.h>

#include "limits.h"
#include "phase/audit/stats/personal.h"
#include "planted.h"

/// Free texts: lines of a file, and columns that samples carry beside their inputs.
namespace dlwork::testing {
namespace {

using artefact::Severity;
using ::testing::HasSubstr;

class AuditTexts : public ::testing::Test {
 protected:
  AuditTexts() {
    phase_.project.data.train.paths = {"text.txt"};
    phase_.project.data.target = "";
    phase_.project.task = "embedding";
    phase_.project.goal.metric = "neighbour-preference";
  }
  artefact::PhaseResult audit(const std::string& text) {
    phase_.write("text.txt", text);
    return phase_.run("audit");
  }
  PhaseOverFiles phase_;
};

/// Thirty words of five hundred, by a seed.
std::vector<std::string> words_of(int line) {
  Rng rng(static_cast<std::uint64_t>(line), "line");
  std::vector<std::string> words;
  for (int i = 0; i < 30; ++i) words.push_back("w" + std::to_string(rng.below(500)));
  return words;
}

std::string lines(int first, int count) {
  std::string text;
  for (int i = first; i < first + count; ++i) text += join(words_of(i), " ") + "\n";
  return text;
}

TEST_F(AuditTexts, NoneOfTheseInSoundLines) {
  const auto result = audit(lines(0, 200));
  for (const char* id : {"duplicate-near-text", "split-overlap-near", "text-language-mix",
                         "text-boilerplate", "text-special", "text-personal-data", "text-mojibake",
                         "text-edge-space", "string-length-outlier", "check-not-run"}) {
    EXPECT_FALSE(has(result, id)) << id;
  }
}

TEST_F(AuditTexts, LinesThatAreNearlyTheSame) {
  std::string text = lines(0, 200);
  for (int i = 0; i < 10; ++i) {
    auto words = words_of(i);
    words.back() = "other";
    text += join(words, " ") + "\n";
  }
  const auto found = the_finding(audit(text), "duplicate-near-text");
  EXPECT_EQ(found.severity, Severity::kWarn);
  EXPECT_EQ(found.evidence["samples"], 10);
  EXPECT_DOUBLE_EQ(found.evidence["share"], 10.0 / 210);
  EXPECT_EQ(found.evidence["pairs"][0][0], "text.txt:201");
  EXPECT_EQ(found.evidence["pairs"][0][1], "text.txt:1");
  EXPECT_DOUBLE_EQ(found.evidence["pairs"][0][2], 25.0 / 27);  // 25 of 26 runs of five shared
  phase_.project.audit.thresholds.text_similarity = 0.95;
  EXPECT_FALSE(has(audit(text), "duplicate-near-text"));
}

TEST_F(AuditTexts, LinesThatReturnInTheTestPart) {
  phase_.write("text.txt", lines(0, 100));
  std::string test = lines(200, 40);
  for (int i = 0; i < 10; ++i) {
    auto words = words_of(i);
    words.back() = "other";
    test += join(words, " ") + "\n";
  }
  phase_.write("test.txt", test);
  phase_.project.data.test.paths = {"test.txt"};
  const auto found = the_finding(phase_.run("audit"), "split-overlap-near");
  EXPECT_EQ(found.severity, Severity::kError);
  EXPECT_EQ(found.evidence["part"], "test");
  EXPECT_EQ(found.evidence["samples"], 10);
  EXPECT_EQ(found.evidence["pairs"][0][0], "test.txt:41");
}

/// Copies are like each other too; each of them is like a line of the training part all the same.
TEST_F(AuditTexts, CopiesInTheTestPartDoNotHideEachOther) {
  phase_.write("text.txt", lines(0, 100));
  std::string test = lines(200, 40);
  auto words = words_of(0);
  words.back() = "other";
  for (int i = 0; i < 10; ++i) test += join(words, " ") + "\n";
  phase_.write("test.txt", test);
  phase_.project.data.test.paths = {"test.txt"};
  const auto result = phase_.run("audit");
  for (const auto& found : findings_of(result, "split-overlap-near")) {
    if (found.evidence["part"] != "test") continue;
    EXPECT_EQ(found.evidence["samples"], 10);
    EXPECT_EQ(found.evidence["share"], 0.2);
    EXPECT_EQ(found.evidence["pairs"][0][1], "text.txt:1");
    return;
  }
  ADD_FAILURE() << "none of the test part";
}

TEST_F(AuditTexts, LanguagesPhrasesAndSigns) {
  std::string text;
  for (int i = 0; i < 200; ++i) {
    if (i % 10 == 3) {
      text += "das ist nicht die " + join(words_of(i), " ") + "\n";
    } else if (i % 10 == 5) {
      text += join(words_of(i), " ") + " this message was sent in haste from my telephone\n";
    } else if (i % 10 == 7) {
      text += "<p>" + join(words_of(i), " ") + " and the of to</p>\n";
    } else {
      text += "the " + join(words_of(i), " ") + " and that was it for us\n";
    }
  }
  const auto result = audit(text);
  const auto mixed = the_finding(result, "text-language-mix");
  EXPECT_EQ(mixed.severity, Severity::kInfo);
  EXPECT_EQ(mixed.evidence["languages"]["German"], 20);
  EXPECT_NEAR(mixed.evidence["share"], 20 / mixed.evidence["told"].get<double>(), 1e-12);
  EXPECT_EQ(mixed.evidence["rows"][0], "text.txt:4");
  const auto phrase = the_finding(result, "text-boilerplate");
  EXPECT_EQ(phrase.evidence["most_samples"], 20);
  EXPECT_THAT(phrase.evidence["most"].get<std::string>(), HasSubstr("message was sent in haste"));
  EXPECT_EQ(phrase.evidence["runs"], 2);  // of nine words
  const auto special = the_finding(result, "text-special");
  EXPECT_EQ(special.severity, Severity::kWarn);
  EXPECT_EQ(special.evidence["markup"], 20);
  EXPECT_EQ(special.evidence["special"], 0);
  run_rounds(phase_, result,
             {
                 {1, "language_share", 1, "text-language-mix", "", Becomes::kGone},
                 {1, "boilerplate_share", 1, "text-boilerplate", "", Becomes::kGone},
                 {1, "special_texts", 1, "text-special", "", Becomes::kInfo},
             });
}

TEST_F(AuditTexts, LinesOfAWordOrTwo) {
  std::string text = lines(0, 180) + "three short words\n";
  for (int i = 0; i < 18; ++i) text += i % 2 == 0 ? "two w" + std::to_string(i) + "\n" : "w!\n";
  text += std::string(41, 'x') + "\n";  // as long as a sentence
  const auto result = audit(text);
  const auto found = the_finding(result, "text-short");
  EXPECT_EQ(found.severity, Severity::kWarn);
  EXPECT_EQ(found.evidence["samples"], 18);
  EXPECT_EQ(found.evidence["share"], 0.09);
  EXPECT_EQ(found.evidence["rows"][0], "text.txt:182");
  EXPECT_THAT(found.message, HasSubstr("18 lines (9 %) have fewer than 3 words, the first at"));
  run_rounds(phase_, result,
             {
                 {1, "short_texts", 0.1, "text-short", "", Becomes::kInfo},
                 {2, "short_words", 1, "text-short", "", Becomes::kGone},
             });
}

TEST_F(AuditTexts, FaultsAndPersonalDataOfLines) {
  std::string text = lines(0, 200);
  for (int i = 0; i < 5; ++i) text += "mail p" + std::to_string(i) + "@example.org today\n";
  for (int i = 0; i < 20; ++i) text += "caf\xC3\x83\xC2\xA9 number w" + std::to_string(i) + " \n";
  for (int i = 0; i < 2; ++i) text += std::string(6000, static_cast<char>('a' + i)) + "\n";
  phase_.write("check.txt", lines(300, 30));
  phase_.project.data.validation.paths = {"check.txt"};
  phase_.write("test.txt", lines(400, 30));
  phase_.project.data.test.paths = {"test.txt"};
  const auto result = audit(text);
  const auto personal = the_finding(result, "text-personal-data");
  EXPECT_EQ(personal.severity, Severity::kWarn);
  EXPECT_EQ(personal.evidence["samples"], 5);
  EXPECT_EQ(personal.evidence["rows"][0], "text.txt:201");
  EXPECT_EQ(personal.evidence.dump().find("example.org"), std::string::npos);
  EXPECT_EQ(the_finding(result, "text-mojibake").evidence["samples"], 20);
  const auto edges = the_finding(result, "text-edge-space");
  EXPECT_EQ(edges.severity, Severity::kInfo);
  EXPECT_EQ(edges.evidence["samples"], 20);
  // The long ones, and the short ones before them.
  EXPECT_EQ(the_finding(result, "string-length-outlier").evidence["samples"], 27);
  run_rounds(phase_, result,
             {
                 {1, "personal_samples", 6, "text-personal-data", "", Becomes::kGone},
                 {1, "length_ranges", 1e9, "string-length-outlier", "", Becomes::kGone},
             });
}

/// A table with a column of notes, which are free text and no input.
artefact::PhaseResult audit_notes(PhaseOverFiles& phase, const Row& note,
                                  const std::string& type = "text") {
  write_small(phase, "note", note);
  phase.project.data.columns["note"].type = type;
  return phase.run("audit");
}

artefact::PhaseResult audit_notes(const Row& note, const std::string& type = "text") {
  PhaseOverFiles phase;
  return audit_notes(phase, note, type);
}

std::string plain_note(const Sample& s) {
  auto words = words_of(static_cast<int>(1e8 * s.c));
  words.resize(8 + s.index % 5);
  return join(words, " ");
}

TEST(AuditNotes, NoneOfTheseInSoundTexts) {
  const auto result = audit_notes(plain_note);
  for (const char* id :
       {"duplicate-near-text", "split-overlap-near", "text-language-mix", "text-boilerplate",
        "text-special", "text-personal-data", "text-mojibake", "text-edge-space",
        "string-length-outlier", "text-empty-lines", "check-not-run"}) {
    EXPECT_FALSE(has(result, id)) << id;
  }
}

TEST(AuditNotes, FaultsOfAColumnOfTexts) {
  const auto result = audit_notes([](const Sample& s) {
    if (s.index % 60 == 9) return std::string();
    if (s.index % 60 == 19) return "\" " + plain_note(s) + "\"";
    if (s.index % 60 == 29) return plain_note(s) + " caf\xC3\x83\xC2\xA9";
    if (s.index % 60 == 39) return plain_note(s) + " call +49 30 1234567";
    if (s.index % 60 == 49) return std::string(4000, 'x');
    if (s.index % 60 == 59) return plain_note(s) + " <br/> #### {{}} ####";
    return plain_note(s);
  });
  const auto about = [&](const std::string& id) {
    const auto found = the_finding(result, id);
    EXPECT_EQ(found.evidence["column"], "note") << id;
    EXPECT_EQ(found.key, "data.columns.note") << id;
    return found;
  };
  EXPECT_EQ(about("text-personal-data").evidence["kind"], "telephone number");
  EXPECT_EQ(about("text-personal-data").evidence["samples"], 6);  // 4 of 240 and 2 of 120
  EXPECT_EQ(about("text-empty-lines").severity, Severity::kInfo);
  EXPECT_GE(about("text-empty-lines").evidence["samples"], 2);
  EXPECT_EQ(about("text-edge-space").severity, Severity::kWarn);
  EXPECT_EQ(about("text-mojibake").severity, Severity::kWarn);
  EXPECT_EQ(about("string-length-outlier").severity, Severity::kInfo);
  EXPECT_EQ(about("text-special").evidence["markup"], 6);
  // The texts themselves stay out of the report.
  EXPECT_FALSE(about("text-mojibake").evidence.contains("texts"));
  EXPECT_EQ(about("text-edge-space").message.find('\''), std::string::npos);
}

TEST(AuditNotes, PhrasesThatTellTheTarget) {
  PhaseOverFiles phase;
  const auto result = audit_notes(phase, [](const Sample& s) {
    return plain_note(s) + (s.yes ? " the patient was sent home the same day without help" : "");
  });
  const auto found = the_finding(result, "text-boilerplate");
  EXPECT_EQ(found.severity, Severity::kError);
  EXPECT_EQ(found.evidence["column"], "note");
  EXPECT_GT(found.evidence["score"], 0.9);
  run_rounds(phase, result,
             {{1, "boilerplate_skill", 1.1, "text-boilerplate", "note", Becomes::kInfo}});
}

TEST(AuditNotes, TextsThatReturn) {
  PhaseOverFiles phase;
  const auto result = audit_notes(phase, [](const Sample& s) {
    const std::string again = join(words_of(s.index % 20), " ");
    return s.index % 6 == 0 ? again : plain_note(s);
  });
  const auto near = the_finding(result, "duplicate-near-text");
  EXPECT_EQ(near.severity, Severity::kWarn);
  EXPECT_EQ(near.evidence["column"], "note");
  EXPECT_EQ(near.evidence["samples"], 50);  // 60 texts, ten of them different
  EXPECT_EQ(near.evidence["pairs"][0][2], 1);
  run_rounds(phase, result,
             {{1, "text_near_share", 1, "duplicate-near-text", "note", Becomes::kInfo}});
}

/// Numbers of sixteen digits that begin with 4; every other one passes the check digit.
std::string card_or_not(const Sample& s) {
  const std::string front = "4" + std::to_string(10000000000000 + s.index * 7919);
  for (char digit = '0';; ++digit) {
    if (phase::audit::passes_luhn(front + digit)) {
      return front + (s.index % 2 == 0 ? digit : static_cast<char>('0' + (digit - '0' + 1) % 10));
    }
  }
}

TEST(AuditNotes, CardsInAColumnOfNumbers) {
  PhaseOverFiles phase;
  const auto result = audit_notes(phase, card_or_not, "number");
  const auto found = the_finding(result, "text-personal-data");
  EXPECT_EQ(found.evidence["column"], "note");
  EXPECT_EQ(found.evidence["kind"], "payment card number");
  EXPECT_EQ(found.evidence["samples"], 180);  // of 360
  run_rounds(phase, result,
             {{1, "personal_card_share", 0.51, "text-personal-data", "note", Becomes::kGone}});
}

TEST(AuditNotes, PersonalDataInIdentifiers) {
  const auto result = audit_notes(
      [](const Sample& s) { return "p" + std::to_string(s.index) + "@example.org"; }, "id");
  const auto found = the_finding(result, "text-personal-data");
  EXPECT_EQ(found.evidence["kind"], "e-mail address");
  EXPECT_EQ(found.evidence["samples"], 360);
}

}  // namespace
}  // namespace dlwork::testing
