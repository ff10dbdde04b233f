#pragma once

#include <optional>
#include <string>

namespace dlwork::data {

/// What the markers of a JPEG file say (ITU-T T.81, annex B). `bytes`: the file, cut anywhere.
struct JpegFacts {
  bool ended = true;  ///< the end marker was met; of what is no JPEG nothing is missed
  /// It has a table of more Huffman codes than there are bytes, which stb_image writes all behind
  /// the end of its memory, or a scan by a table that was not given, for which it reads memory that
  /// was never written.
  bool false_codes = false;
  /// How it is to be laid down (Exif 2.3, tag 0x0112): 1 upright, 2 to 8 mirrored or turned.
  std::optional<int> orientation;
};
JpegFacts jpeg_facts(const std::string& bytes);

}  // namespace dlwork::data
