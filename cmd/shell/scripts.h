/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded scripts: no final NUL, so each has its size. lib/embed writes the definitions. */
#ifndef ONGGI_CMD_SHELL_SCRIPTS_H
#define ONGGI_CMD_SHELL_SCRIPTS_H

#include <stddef.h>

extern const unsigned char shell_bash[], shell_zsh[], shell_fish[];
extern const size_t shell_bash_size, shell_zsh_size, shell_fish_size;

#endif
