#pragma once
#include <atomic>
#include <chrono>
#include <functional>

namespace busbar {

/// Runs `work` on a thread of its own and waits for it, at most `limit`. False: it is not done; it goes on alone until
/// the end of the process if need be, so it must own all that it touches. `late` turns true then, and work of several
/// steps asks it before each.
bool run_bounded(std::chrono::duration<double> limit, std::function<void(const std::atomic<bool>& late)> work);

}  // namespace busbar
