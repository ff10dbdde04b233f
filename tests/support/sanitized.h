#pragma once

#if !defined(__has_feature)  // clang's way to ask; g++ defines a name
#define __has_feature(feature) 0
#endif

namespace dlwork::testing {

/// Whether this is built with the address sanitizer, which takes time of its own and keeps freed
/// memory for a while.
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace dlwork::testing
