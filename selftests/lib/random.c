// SPDX-License-Identifier: GPL-2.0
#include "random.h"

static u32 state = 1;

void hp_random_seed(u32 seed)
{
	state = seed;
}

u32 hp_random(u32 below)
{
	state = state * 1664525u + 1013904223u;
	return (u64)state * below >> 32;
}
