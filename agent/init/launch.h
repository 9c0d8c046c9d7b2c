#ifndef LAUNCH_H
#define LAUNCH_H

/* `init launch`, see PROTOCOL.md: starts programs for whoever holds the other end of its standard input and output. */
int launch(void);

#endif
