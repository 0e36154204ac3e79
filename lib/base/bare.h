/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libc would do for a program that has none (onggi/hello, onggi-init): the entry point and
 * system calls, for each architecture. Only the program's one source includes it.
 */
#ifndef ONGGI_BASE_BARE_H
#define ONGGI_BASE_BARE_H

#include <asm/unistd.h>

/*
 * The program. stack is what the kernel has put there: the count of arguments, the arguments, NULL,
 * the environment, NULL.
 */
__attribute__((used, noreturn)) static void bare_main(char **stack);

/* The kernel enters at _start with a stack that is aligned to 16 bytes (the ABIs). */
#if defined(__x86_64__)
__asm__(".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call bare_main\n");

static inline long call5(long nr, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return ret;
}
#elif defined(__aarch64__)
__asm__(".globl _start\n"
	"_start:\n"
	"	mov x29, #0\n"
	"	mov x30, #0\n"
	"	mov x0, sp\n"
	"	bl bare_main\n");

static inline long call5(long nr, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return x0;
}
#else
#error "programs without libc know x86_64 and aarch64"
#endif

static inline long call4(long nr, long a, long b, long c, long d)
{
	return call5(nr, a, b, c, d, 0);
}

#endif
