/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program of the embedded image onggi/hello: a static ELF file for this machine of a few kB
 * that prints who and where it is. Its source is hello/hello.c; the bytes are made by the build.
 */
#ifndef ONGGI_IMAGE_HELLO_H
#define ONGGI_IMAGE_HELLO_H

#include <stddef.h>

extern const unsigned char image_hello_program[];
extern const size_t image_hello_program_size;

#endif
