#pragma once

namespace busbar {

/// Finds out, once, what this processor can do, so that each kernel's first call already runs the version compiled for
/// it. To be called before audio runs: the answer takes its time, and longer on a virtual machine.
void choose_kernels() noexcept;

}  // namespace busbar
