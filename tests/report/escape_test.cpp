#include "report/escape.h"

#include <gtest/gtest.h>

#include "report/base64.h"

namespace dlwork::report {
namespace {

TEST(XmlText, EscapesMarkupAndReplacesWhatXmlForbids) {
  EXPECT_EQ(xml_text("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  EXPECT_EQ(xml_text(std::string("a\0b\x01"
                                 "c\x1B",
                                 5)),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD"
            "c");
  EXPECT_EQ(xml_text("line\n\ttab\r"), "line\n\ttab\r");
  EXPECT_EQ(xml_text("\xEF\xBF\xBE|\xEF\xBF\xBF"), "\xEF\xBF\xBD|\xEF\xBF\xBD");
  EXPECT_EQ(xml_text("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
  EXPECT_EQ(xml_text("漢 😀"), "漢 😀");
}

TEST(MarkdownText, ShowsMarkupAsItIs) {
  EXPECT_EQ(markdown_text("a|b *c* _d_ `e` [f](g) <b>&"),
            "a\\|b \\*c\\* \\_d\\_ \\`e\\` \\[f\\](g) &lt;b&gt;&amp;");
  EXPECT_EQ(markdown_text("two\nlines"), "two lines");
  EXPECT_EQ(markdown_text("it's \"quoted\""), "it's \"quoted\"");
}

TEST(MarkdownCode, FencesBackticks) {
  EXPECT_EQ(markdown_code("dlwork run"), "`dlwork run`");
  EXPECT_EQ(markdown_code("a``b"), "``` a``b ```");
  EXPECT_EQ(markdown_code(""), "`  `");
}

// Rules as in GitHub's "Workflow commands" toolkit: escapeData and escapeProperty.
TEST(Annotation, EscapesDataAndProperties) {
  EXPECT_EQ(annotation_message("100 %\r\nnext: a, b"), "100 %25%0D%0Anext: a, b");
  EXPECT_EQ(annotation_property("C:\\a,b%\n"), "C%3A\\a%2Cb%25%0A");
}

// RFC 4648, section 10.
TEST(Base64, GivesTheTestVectorsOfTheRfc) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xFF\xFE\xFD"), "//79");
}

}  // namespace
}  // namespace dlwork::report
