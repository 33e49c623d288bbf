// A time of day that can be set while programs run by it: loaded into them before the C library.
// The file that VERGER_TEST_CLOCK names holds by how many seconds, as one 64-bit number.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static const volatile int64_t none = 0, *ahead = &none;

__attribute__((constructor)) static void look(void) {
  const char *name = getenv("VERGER_TEST_CLOCK");
  int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
  void *found = file < 0 ? MAP_FAILED : mmap(0, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
  if (found != MAP_FAILED) ahead = found;
}

#define NEXT(function) static __typeof__(&function) next; if (!next) next = dlsym(RTLD_NEXT, #function)

int clock_gettime(clockid_t which, struct timespec *now) {
  NEXT(clock_gettime);
  int failed = next(which, now);
  if (!failed && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) now->tv_sec += *ahead;
  return failed;
}

int gettimeofday(struct timeval *now, void *zone) {
  NEXT(gettimeofday);
  int failed = next(now, zone);
  if (!failed) now->tv_sec += *ahead;
  return failed;
}

time_t time(time_t *kept) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return kept ? (*kept = now.tv_sec) : now.tv_sec;
}

// Its deadline is a time of day, which the kernel compares with the true one.
int sem_timedwait(sem_t *semaphore, const struct timespec *until) {
  NEXT(sem_timedwait);
  struct timespec truly = {until->tv_sec - *ahead, until->tv_nsec};
  return next(semaphore, &truly);
}
