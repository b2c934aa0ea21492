/* Does a program outside the tree compile, link and run against the installed library? */
#include <stdio.h>
#include <string.h>
#include <weir/config.h>
#include <weir/consumer.h>
#include <weir/event.h>
#include <weir/handler.h>
#include <weir/status.h>

int main(void)
{
    const char *name = weir_status_name(WEIR_ERR_FULL);

    printf("%s\n", name);
    return strcmp(name, "full") != 0;
}
