#include "dlwork/data/file_facts.h"

#include "dlwork/base/text.h"

namespace dlwork::data {

std::string PictureFile::mode() const {
  return std::string(channels >= 3 ? "colour" : "grey") +
         (channels == 2 || channels == 4 ? " with transparency" : "") + ", " +
         std::to_string(bits) + " bits";
}

std::string SoundFile::format() const {
  return grouped(rate) + " Hz, " + std::to_string(channels) + " channel" +
         (channels == 1 ? "" : "s") + (bits > 0 ? ", " + std::to_string(bits) + " bits" : "");
}

}  // namespace dlwork::data
