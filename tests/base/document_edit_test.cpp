#include <gmock/gmock.h>

#include "dlwork/base/document.h"
#include "dlwork/base/rng.h"

namespace dlwork {
namespace {

std::string edit(const std::string& text, const std::string& path, const std::string& value) {
  return with_yaml_value(text, path, value, "f");
}

std::string refusal(const std::string& text, const std::string& path) {
  try {
    return "gave " + edit(text, path, "v");
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::kUsage);
    return error.what();
  }
}

TEST(DocumentEdit, ReplacesAValueAtItsPlace) {
  EXPECT_EQ(edit("# top\na: old   # why\nb: 1\n", "a", "new"), "# top\na: new   # why\nb: 1\n");
  EXPECT_EQ(edit("a: 'it''s'  # x\n", "a", "b"), "a: b  # x\n");
  EXPECT_EQ(edit("m:\n  a: \"x # y\"\n  b: 2\n", "m.a", "1e-3"), "m:\n  a: 1e-3\n  b: 2\n");
  EXPECT_EQ(edit("m: {a: 1, b: 2}\n", "m.a", "3"), "m: {a: 3, b: 2}\n");
  EXPECT_EQ(edit("m: {b: 2, a: 1}\n", "m.a", "3"), "m: {b: 2, a: 3}\n");
  EXPECT_EQ(edit("a:   # later\nb: 2\n", "a", "x"), "a: x   # later\nb: 2\n");
  EXPECT_EQ(edit("a: ~\n", "a", "x"), "a: x\n");
  EXPECT_EQ(edit("a: two\n  lines\nb: 1\n", "a", "x"), "a: x\nb: 1\n");
  EXPECT_EQ(edit("a: |\n  two\n\n  lines\n\n# c\nb: 1\n", "a", "x"), "a: x\n\n# c\nb: 1\n");
  EXPECT_EQ(edit("\"a\" : 1\n", "a", "2"), "\"a\" : 2\n");
  EXPECT_EQ(edit("a: 1", "a", "2"), "a: 2");
  EXPECT_EQ(edit("\xEF\xBB\xBF"
                 "a: \xC3\xA9 # \xC3\xA9\r\nb: 1\r\n",
                 "a", "2"),
            "\xEF\xBB\xBF"
            "a: 2 # \xC3\xA9\r\nb: 1\r\n");
}

TEST(DocumentEdit, InsertsWhatIsMissing) {
  EXPECT_EQ(edit("", "analogy", "x"), "analogy: x\n");
  EXPECT_EQ(edit("# only\n", "analogy", "x"), "# only\nanalogy: x\n");
  EXPECT_EQ(edit("a: 1", "analogy", "x"), "a: 1\nanalogy: x\n");
  EXPECT_EQ(edit("a: 1\r\n", "b", "x"), "a: 1\r\nb: x\r\n");
  EXPECT_EQ(edit("a: 1\n", "m.n.o", "x"), "a: 1\nm:\n  n:\n    o: x\n");
  EXPECT_EQ(edit("m:  # c\n\n    # d\n    a: 1\nz: 2\n", "m.b", "x"),
            "m:  # c\n    b: x\n\n    # d\n    a: 1\nz: 2\n");
  EXPECT_EQ(edit("m:\nz: 2\n", "m.b.c", "x"), "m:\n  b:\n    c: x\nz: 2\n");
  EXPECT_EQ(edit("m: {}\n", "m.b.c", "x"), "m: {b: {c: x}}\n");
  EXPECT_EQ(edit("m: {a: 1}\n", "m.b", "a, b"), "m: {b: \"a, b\", a: 1}\n");
  EXPECT_EQ(edit("m: ~ # c\n", "m.b", "1"), "m: {b: 1} # c\n");
}

TEST(DocumentEdit, OverridesAMergedKeyWithoutTouchingItsSource) {
  EXPECT_EQ(edit("x: &x\n  a: 1\nm:\n  <<: *x\n", "m.a", "2"),
            "x: &x\n  a: 1\nm:\n  a: 2\n  <<: *x\n");
  EXPECT_EQ(edit("x: &x 1\nm: *x\n", "m", "2"), "x: &x 1\nm: 2\n");
}

TEST(DocumentEdit, RefusesWhatItCannotDo) {
  EXPECT_EQ(refusal("a: 1\n", "a.b"), "f:1:1: error: a.b: 'a' is no map of keys");
  EXPECT_EQ(refusal("- 1\n", "a"), "f:1:1: error: a: the document is no map of keys");
  EXPECT_EQ(refusal("a: [1]\n", "a"), "f:1:1: error: a: is a map or a list, not one value");
  EXPECT_EQ(refusal("x: &x {a: 1}\nm: *x\n", "m.a"),
            "f:2:4: error: m.a: leads through an alias (write 'm.a: v' by hand)");
  EXPECT_EQ(refusal("x: &x 1\nm: *x\n", "x"),
            "f: error: x: cannot be set here without changing more of the file "
            "(write it by hand)");
  EXPECT_THAT(refusal("a: [\n", "a"), ::testing::StartsWith("f:1:4: error: the '['"));
}

TEST(DocumentEdit, ChangesOneValueWhateverTheLayout) {
  const std::vector<std::string> values{"1", "0.5", "word", "two words", "a: b", "", "\"q\"", "no"};
  const std::vector<std::string> keys{"a", "b", "c"};
  for (int seed = 0; seed < 50; ++seed) {
    Rng rng(seed, "edit");
    std::string text = "# head\n";
    for (const std::string& key : keys) {
      if (rng.below(4) == 0) continue;
      text += key + ":" + (rng.below(2) ? "  # note\n" : "\n");
      for (const std::string& inner : keys) {
        if (rng.below(3) == 0) continue;
        const std::string value = values[rng.below(values.size())];
        text += "  " + inner + ": " + yaml_string(value) + (rng.below(2) ? " # c\n" : "\n\n");
      }
    }
    const std::string path = keys[rng.below(3)] + "." + keys[rng.below(3)];
    const std::string changed = edit(text, path, values[rng.below(values.size())]);
    // Comments are all still there, in order.
    const auto comments = [](const std::string& of) {
      std::string found;
      for (std::size_t at = of.find(" #"); at != of.npos; at = of.find(" #", at + 1)) {
        found += of.substr(at, of.find('\n', at) - at) + "\n";
      }
      return found;
    };
    EXPECT_EQ(comments(changed), comments(text)) << text;
    EXPECT_EQ(edit(changed, path, "1"), edit(edit(changed, path, "2"), path, "1"));
  }
}

}  // namespace
}  // namespace dlwork
