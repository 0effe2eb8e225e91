/* SPDX-License-Identifier: GPL-2.0 */
/* bpf.h - the few BPF programs and maps that tests need, without a compiler */
#ifndef HP_BPF_H
#define HP_BPF_H

#include "hp.h"

/* Each returns an fd, or -errno. */

/* SK_REUSEPORT: always the same verdict, no choice: 1 pass, 0 drop. */
int hp_bpf_reuseport(int verdict);
/* A sockmap of @size; and a place in it for a socket. 0 or -errno. */
int hp_bpf_sockmap(int size);
int hp_bpf_map_set(int map, u32 key, int fd);
/* SK_LOOKUP: all to the socket in place 0 of @sockmap, with these flags. */
int hp_bpf_sk_lookup(int sockmap, u32 flags);
/* Has the program look up for this network namespace while the fd is open. */
int hp_bpf_attach_netns(int prog);

#endif /* HP_BPF_H */
