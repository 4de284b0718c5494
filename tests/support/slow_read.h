#pragma once
// Delays the reads of chosen files, as a disk does that sleeps or a server that does not answer. It stands in front of
// read, pread and readv, preloaded or linked:
//
//   BUSBAR_SLOW_FILE=vocals BUSBAR_SLOW_READS=40:2.5,90:10 LD_PRELOAD=libslow_read.so busbar play session.json
//
// BUSBAR_SLOW_FILE   part of the path of the files, as /proc/self/fd shows it
// BUSBAR_SLOW_READS  "N:SECONDS", with commas between several: the N-th read of those files takes so long, counted from
//                    0 and from when they are opened; or "every:SECONDS". What it says is missing is not delayed.

#ifdef __cplusplus
extern "C" {
#endif

// The same from within, instead of what was set before; null for no file. Counts anew. Reads that wait go on at once.
void slow_read_plan(const char* file, const char* reads);

// Reads of those files so far.
long slow_read_count(void);

// Reads that wait now.
long slow_read_waiting(void);

#ifdef __cplusplus
}
#endif
