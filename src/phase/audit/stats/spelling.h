#pragma once

#include <string>
#include <string_view>

namespace dlwork::phase::audit {

/// Edits of one byte (change, insert, delete, swap of neighbours) that turn one text into the other
/// (optimal string alignment, Damerau 1964), or `most` + 1 where there are more.
int edit_distance(std::string_view a, std::string_view b, int most);

/// Lower case, letters, digits and signs that tell values apart (<>=+#%~*, and - at an end) alone:
/// texts that differ only in what is left out are spellings of one. Bytes above 127 are kept.
std::string bare(std::string_view text);

/// The number in a text once signs, units and separators are off: "1,234", "$12", "165cm", "<5",
/// "12 %"; false for plain numbers and for texts with none or several.
bool is_dressed_number(std::string_view text);

/// Letters that come of reading UTF-8 as Latin-1 and writing it as UTF-8 again ("Ã©", "â€™").
bool is_doubly_encoded(std::string_view text);

/// Blanks at an end, or control characters, of which tabs and ends of lines belong into
/// prose.
enum class Layout { kLine, kProse };
bool is_untidy(std::string_view text, Layout layout);
/// The same text without them.
std::string tidied(std::string_view text, Layout layout);

/// ?, NA, none, null, -, #N/A and the like, blind to case and blanks around.
bool is_missing_word(std::string_view text);

}  // namespace dlwork::phase::audit
