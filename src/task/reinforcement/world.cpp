#include "task/reinforcement/world.h"

#include "dlwork/base/error.h"
#include "dlwork/base/text.h"
#include "task/reinforcement/cart_pole.h"

namespace dlwork::task {

std::unique_ptr<World> make_world(const std::string& name) {
  if (name == "cartpole") return std::make_unique<CartPole>();
  throw Error(ExitStatus::kUsage,
              Diagnostic{{},
                         "data.environment",
                         name.empty() ? "names no world to act in" : "there is no world " + name,
                         "write data: {environment: cartpole}"});
}

}  // namespace dlwork::task
