/* SPDX-License-Identifier: GPL-2.0 */
/* answer.h - the one instruction of attach_ftrace.c that is not C */
#ifndef HOMEPORT_ANSWER_H
#define HOMEPORT_ANSWER_H

void hp_answer_stub(void);

#endif /* HOMEPORT_ANSWER_H */
