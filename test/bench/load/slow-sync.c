/* Syncs that take SYNC_DELAY_MS longer. Loaded before libc with LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static int sync_late(const char *name, int file) {
  int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  const char *delay = getenv("SYNC_DELAY_MS");
  long ms = delay ? atol(delay) : 0;
  struct timespec rest = {ms / 1000, ms % 1000 * 1000000};
  nanosleep(&rest, NULL);
  return sync(file);
}

int fsync(int file) { return sync_late("fsync", file); }
int fdatasync(int file) { return sync_late("fdatasync", file); }
