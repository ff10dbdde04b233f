#include "dlwork/base/document.h"

#include <gmock/gmock.h>

#include <cmath>

#include "dlwork/base/rng.h"

namespace dlwork {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> problems_of(const std::string& text) {
  Diagnostics problems;
  parse_yaml(text, "f", problems);
  std::vector<std::string> lines;
  for (const Diagnostic& problem : problems) lines.push_back(format(problem));
  return lines;
}

Node parse(const std::string& text) {
  Diagnostics problems;
  Node node = parse_yaml(text, "f", problems);
  for (const Diagnostic& problem : problems) ADD_FAILURE() << format(problem);
  return node;
}

std::string place(const Location& at) {
  return std::to_string(at.line) + ":" + std::to_string(at.column);
}

TEST(Document, KeepsThePlaceOfEachKeyAndValue) {
  const Node root = parse("a: 1\nb:\n  c: \"2\"\n  d: [x, {y: z}]\ne:\nf: ~\n");
  ASSERT_EQ(root.entries.size(), 4u);
  EXPECT_EQ(place(root.entries[0].key_at), "1:1");
  EXPECT_EQ(place(root.entries[0].value.at), "1:4");
  const Node& b = root.entries[1].value;
  EXPECT_EQ(place(b.at), "2:1") << "a block value stands at its key";
  EXPECT_EQ(place(b.entries[0].value.at), "3:6");
  EXPECT_TRUE(b.entries[0].value.quoted);
  EXPECT_EQ(place(b.entries[1].value.at), "4:6");
  EXPECT_EQ(place(b.entries[1].value.items[1].entries[0].value.at), "4:14");
  EXPECT_EQ(place(root.entries[2].value.at), "5:1") << "nothing there: at its key";
  EXPECT_EQ(place(root.entries[3].value.at), "6:4");
  EXPECT_TRUE(root.entries[3].value.is_null());
}

TEST(Document, CountsColumnsInCharactersAndSkipsAByteOrderMark) {
  const Node root = parse("\xEF\xBB\xBF\"\xC3\xA9\xC3\xA9\": {x: \xE6\x97\xA5, y: 1}\r\n");
  const Node& map = root.entries.at(0).value;
  EXPECT_EQ(root.entries[0].key, "\xC3\xA9\xC3\xA9");
  EXPECT_EQ(place(map.at), "1:7");
  EXPECT_EQ(place(map.entries[1].value.at), "1:17");
}

TEST(Document, EmptyTextIsNull) {
  for (const char* text : {"", "\n\n", "# only a comment\n", "---\n", "\xEF\xBB\xBF"}) {
    const Node root = parse(text);
    EXPECT_TRUE(root.is_null()) << text;
    EXPECT_EQ(place(root.at), "1:1");
  }
}

TEST(Document, ResolvesAliasesAndMergeKeys) {
  const Node root = parse(
      "base: &base {epochs: 3, rate: 0.1}\nmore: &more {rate: 9, size: 4}\n"
      "use:\n  <<: [*base, *more]\n  epochs: 5\nlate:\n  rate: 7\n  <<: *base\n"
      "n: &n 8\nm: *n\nquoted:\n  '<<': 1\n");
  EXPECT_EQ(to_json(*root.find("use")).dump(), R"({"rate":0.1,"size":4,"epochs":5})");
  EXPECT_EQ(to_json(*root.find("late")).dump(), R"({"rate":7,"epochs":3})");
  EXPECT_EQ(root.find("m")->scalar, "8");
  EXPECT_EQ(place(root.find("m")->at), "10:4") << "an alias stands where it is used";
  EXPECT_EQ(to_json(*root.find("quoted")).dump(), R"({"<<":1})");
}

TEST(Document, RefusesWrongMerges) {
  EXPECT_THAT(problems_of("a:\n  <<: 3\n"),
              ElementsAre("f:2:7: error: <<: only a map or a list of maps can be merged "
                          "(as in '<<: *name')"));
}

TEST(Document, NamesBothPlacesOfADuplicateKey) {
  EXPECT_THAT(problems_of("a: 1\nb: {c: 1, c: 2}\na: 3\n"),
              ElementsAre("f:2:11: error: c: duplicate key, first given in line 2 "
                          "(keep one of the two)",
                          "f:3:1: error: a: duplicate key, first given in line 1 "
                          "(keep one of the two)"));
}

TEST(Document, RefusesKeysThatAreNoWords) {
  EXPECT_THAT(problems_of("[a, b]: 1\n~: 2\n"),
              ElementsAre("f:1:1: error: a key is a map or a list (a key is a word or a number)",
                          "f:2:1: error: a key is empty (a key is a word or a number)"));
}

TEST(Document, FindsOpenQuotes) {
  const std::string message = "error: the quote that opens here is not closed";
  EXPECT_THAT(problems_of("a: \"x\nb: 2\n"), ElementsAre("f:1:4: " + message));
  EXPECT_THAT(problems_of("a: 1\nb: 'it''s\n"), ElementsAre("f:2:4: " + message));
  EXPECT_THAT(problems_of("a: \"x"), ElementsAre("f:1:4: " + message));
  EXPECT_THAT(problems_of("a: &n \"x\\\"\n"), ElementsAre("f:1:7: " + message));
  EXPECT_THAT(problems_of("a: \"x\nb: \"y\"\n"),
              ElementsAre(::testing::EndsWith("(the quote opened in line 1 may not be closed)")));
}

TEST(Document, SaysWhatIsWrongInTheSyntax) {
  EXPECT_THAT(problems_of("a: b: c\n"),
              ElementsAre("f:1:5: error: not valid YAML: a ':' where no key can stand "
                          "(check the indentation; quote text that holds ': ')"));
  EXPECT_THAT(problems_of("a:\n\tb: 1\n"),
              ElementsAre("f:2:1: error: a tab in the indentation (indent with spaces)"));
  EXPECT_THAT(problems_of("x: 1\na: [1, 2\nb: 3\n"),
              ElementsAre("f:2:4: error: the '[' that opens here is not closed"));
  EXPECT_THAT(problems_of("a: {b: 1\n"),
              ElementsAre("f:1:4: error: the '{' that opens here is not closed"));
  EXPECT_THAT(problems_of("a: *nope\n"),
              ElementsAre("f:1:4: error: not valid YAML: the alias names no anchor above it "
                          "(define it as '&name' first)"));
  EXPECT_THAT(problems_of("a: 1\n---\nb: 2\n"),
              ElementsAre("f:2:1: error: a second document starts here "
                          "(a file holds one document)"));
  EXPECT_THAT(problems_of("a: !python/object x\n"),
              ElementsAre("f:1:4: error: the tag '!python/object' is not known "
                          "(leave it out, or quote text that starts with '!')"));
}

TEST(Document, RefusesWhatIsNoText) {
  EXPECT_THAT(problems_of("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n"),
              ElementsAre("f:2:1: error: an unsettled merge conflict ('<<<<<<<') "
                          "(keep one side of it)"));
  EXPECT_THAT(problems_of(std::string("a: \0b", 5)),
              ElementsAre("f:1:4: error: a control character (byte 0) in a text file "
                          "(save the file as UTF-8 text)"));
  EXPECT_THAT(problems_of("a: 1\nb: \xFF\n"),
              ElementsAre("f:2: error: bytes that are not UTF-8 (save the file as UTF-8 text)"));
  EXPECT_THAT(problems_of(std::string(kMaxDocumentBytes + 1, ' ')),
              ElementsAre("f: error: larger than 8.0 MiB (this is no project file)"));
}

TEST(Document, RefusesAliasesThatMultiply) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int j = 1; j < 10; ++j) bomb += ", " + last;
    bomb += "]\n";
  }
  const auto problems = problems_of(bomb);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0], ::testing::HasSubstr("more than 100,000 values"));
  EXPECT_THAT(problems_of("&a [*a]"),
              ElementsAre("f:1:5: error: the alias stands inside the value it names "
                          "(write the value out)"));
}

TEST(Document, RefusesDeepNesting) {
  EXPECT_THAT(problems_of(std::string(199, '[') + std::string(199, ']')), ElementsAre());
  for (const char* opener : {"[", "{a: ", "- ", "? ", "!!seq [", "&a ["}) {
    std::string text;
    for (int i = 0; i < 50'000; ++i) text += opener;
    const auto problems = problems_of(text);
    ASSERT_FALSE(problems.empty()) << opener;
    EXPECT_THAT(problems.back(), ::testing::HasSubstr("error: ")) << opener;
  }
  EXPECT_THAT(problems_of(std::string(201, '[') + std::string(201, ']')),
              ElementsAre("f:1:201: error: nested deeper than 200 levels"));
}

TEST(Document, ReadsScalarsByTheCoreRules) {
  const Json json =
      to_json(parse("[1, -2, 012, 0x1F, 0o17, 1e-3, .5, true, no, 'true', ~, , a b]"));
  EXPECT_EQ(json.dump(), R"([1,-2,12,31,15,0.001,0.5,true,"no","true",null,null,"a b"])");
  EXPECT_TRUE(std::isinf(to_json(parse("-.inf")).get<double>()));
  EXPECT_TRUE(std::isnan(to_json(parse(".nan")).get<double>()));
}

TEST(Document, WritesStringsThatReadBack) {
  EXPECT_EQ(yaml_string("fashion"), "fashion");
  EXPECT_EQ(yaml_string("no"), "\"no\"");
  EXPECT_EQ(yaml_string("1e-3"), "\"1e-3\"");
  EXPECT_EQ(yaml_string("a: b"), "\"a: b\"");
  EXPECT_EQ(yaml_string("a\n\"b\""), R"("a\n\"b\"")");
  const std::vector<std::string> pieces{"a",  " ",  ":", "#", "'", "\"", "\\",  "\n",   "\t",
                                        "-",  "?",  "{", "}", "[", "]",  ",",   "&",    "*",
                                        "!",  "|",  ">", "%", "@", "`",  "0",   "é",    "日",
                                        "\r", "<<", "~", "=", ".", "no", "---", "\x7F", "\x01"};
  Rng rng(5, "strings");
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (auto left = rng.below(6); left > 0; --left) text += pieces[rng.below(pieces.size())];
    Diagnostics problems;
    const Node root = parse_yaml("k: " + yaml_string(text) + "\nl: [" + yaml_string(text) + "]\n" +
                                     yaml_string(text + "key") + ": 1\n",
                                 "f", problems);
    ASSERT_TRUE(problems.empty()) << Json(text) << " as " << yaml_string(text);
    ASSERT_EQ(to_json(*root.find("k")), Json(text));
    ASSERT_EQ(to_json(root.find("l")->items.at(0)), Json(text));
    ASSERT_EQ(root.entries.back().key, text + "key");
  }
}

// Any bytes give a tree or a problem with a place, never a crash.
TEST(Document, SurvivesBrokenText) {
  const std::string sound =
      "a: &x {b: [1, 'two', \"three\\n\"], c: ~}\nd:\n  <<: *x\n  - e\n  e: |\n    text\n"
      "? f\n: !!str g # note\n--- \n...\n%YAML 1.2\n@`\t\xC3\xA9\r\n";
  Rng rng(3, "bytes");
  for (int round = 0; round < 20'000; ++round) {
    std::string text = sound;
    for (auto edits = 1 + rng.below(12); edits > 0; --edits) {
      const std::size_t at = rng.below(text.size());
      switch (rng.below(4)) {
        case 0:
          text.erase(at, 1 + rng.below(9));
          break;
        case 1:
          text.insert(at, 1, static_cast<char>(rng.below(128)));
          break;
        case 2:
          text[at] = sound[rng.below(sound.size())];
          break;
        default:
          text.insert(at, sound.substr(rng.below(sound.size()), 1 + rng.below(9)));
      }
      if (text.empty()) text = "a";
    }
    Diagnostics problems;
    const Node root = parse_yaml(text, "f", problems);
    to_json(root);
    for (const Diagnostic& problem : problems) ASSERT_GE(problem.at.line, 1) << text;
  }
}

}  // namespace
}  // namespace dlwork
