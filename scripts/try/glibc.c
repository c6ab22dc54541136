/* What Debian's libstdc++ uses of glibc and musl does not have, for a trial: see musl.ts. */
typedef unsigned long size_t;

size_t strftime_l(char *, size_t, const char *, const void *, void *);
unsigned long getauxval(unsigned long);
long getrandom(void *, size_t, unsigned);
void abort(void);

char __libc_single_threaded;
/* A compiler's start-up code has it, which is left out here. */
__attribute__((visibility("hidden"))) void *__dso_handle;

/* "Not found": the unwinder then asks dl_iterate_phdr, which musl has. */
int _dl_find_object(void *address, void *result) {
  (void)address;
  (void)result;
  return -1;
}

unsigned arc4random(void) {
  unsigned number = 0;
  getrandom(&number, sizeof number, 0);
  return number;
}

unsigned long __getauxval(unsigned long type) { return getauxval(type); }

size_t __strftime_l(char *text, size_t size, const char *format, const void *time, void *locale) {
  return strftime_l(text, size, format, time, locale);
}

/* Destructors of a thread's variables are not run. */
int __cxa_thread_atexit_impl(void (*destroy)(void *), void *object, void *library) {
  (void)destroy;
  (void)object;
  (void)library;
  return 0;
}

/* Named by a table in the library, defined in a part that is left out of it, and never called. */
void _ZNSi6ignoreEl(void) { abort(); }
void _ZNSt13basic_istreamIwSt11char_traitsIwEE6ignoreEl(void) { abort(); }
