#include "framework/plugin_file.h"

#include "test/support/plugin_folder.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"
#include "test/unit/plugin_check.h"
#include <check.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void plugin_refuse_in_folder(const char *name, const char *what, const char *advice)
{
    char *path = tmpdir_path(plugin_folder, name);

    plugin_refuse(path, what, advice);
    free(path);
}

START_TEST(a_bare_name_is_a_file_of_the_current_directory)
{
    char *path = plugin_copy("good");
    char *before = getcwd(NULL, 0);

    ck_assert_ptr_nonnull(before);
    ck_assert_int_eq(chdir(plugin_folder), 0);
    weir_plugin_unload(plugin_load("good.so"));
    weir_plugin_unload(plugin_load("./good.so"));
    ck_assert_int_eq(chdir(before), 0);
    free(before);
    free(path);
}
END_TEST

/* Only the file itself must not be a link: programs live behind linked directories everywhere. */
START_TEST(a_directory_may_be_a_symbolic_link)
{
    char *path = plugin_copy("good");
    char *link_path = tmpdir_path(plugin_folder, "link");
    char *through = text_format("%s/link/good.so", plugin_folder);

    ck_assert_int_eq(symlink(plugin_folder, link_path), 0);
    weir_plugin_unload(plugin_load(through));
    free(through);
    free(link_path);
    free(path);
}
END_TEST

START_TEST(what_is_no_regular_file_is_refused)
{
    char *path = tmpdir_path(plugin_folder, "fifo");
    char *address_path = tmpdir_path(plugin_folder, "socket");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_eq(mkfifo(path, 0600), 0);
    plugin_refuse(path, "is a FIFO", "not a regular file");
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", address_path);
    ck_assert_int_eq(bind(server, (const struct sockaddr *)&address, sizeof address), 0);
    plugin_refuse(address_path, "is a device or socket", "not a regular file");
    (void)close(server);
    ck_assert_int_eq(remove(path), 0);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    plugin_refuse(path, "is a directory", "not a regular file");
    plugin_refuse("/dev/null", "is a device or socket", "not a regular file");
    free(address_path);
    free(path);
}
END_TEST

START_TEST(what_is_not_there_is_refused)
{
    plugin_refuse_in_folder("absent.so", "does not exist", "weir.handler is the path of a file");
    plugin_refuse_in_folder("absent/good.so", "does not exist",
                            "weir.handler is the path of a file");
    plugin_refuse_in_folder("", "is not the path of a file", "set weir.handler");
    plugin_refuse("", "is not the path of a file", "set weir.handler");
    plugin_refuse("/dev/null/good.so", "cannot be opened: Not a directory", "");
}
END_TEST

START_TEST(a_symbolic_link_is_refused)
{
    char *path = plugin_copy("good");
    char *link_path = tmpdir_path(plugin_folder, "link.so");

    ck_assert_int_eq(symlink(path, link_path), 0);
    plugin_refuse(link_path, "is a symbolic link", "name the file it points to");
    free(link_path);
    free(path);
}
END_TEST

START_TEST(what_is_no_shared_object_is_refused)
{
    static const char source[] = "#include <weir/handler.h>\n";
    char *path = tmpdir_path(plugin_folder, "source.so");

    plugin_write(path, "", 0);
    plugin_refuse(path, "is not an ELF file", "cc -shared -fPIC");
    plugin_write(path, source, sizeof source - 1);
    plugin_refuse(path, "is not an ELF file", "cc -shared -fPIC");
    free(path);
}
END_TEST

static void refuse_parts(const char *path, const char *bytes, size_t size)
{
    enum { PARTS = 97 };

    for (size_t part = 1; part < PARTS; part++) {
        plugin_write(path, bytes, size * part / PARTS);
        plugin_refuse(path, "is cut short", "build or copy it again");
    }
}

/* The loader itself dies of SIGBUS on most of these. */
START_TEST(a_file_that_was_copied_in_part_is_refused)
{
    char *path = plugin_copy("good");
    size_t size;
    char *bytes = plugin_read(path, &size);

    refuse_parts(path, bytes, size);
    plugin_write(path, bytes, size - 1);
    plugin_refuse(path, "is cut short", "build or copy it again");
    plugin_write(path, bytes, size);
    weir_plugin_unload(plugin_load(path));
    free(bytes);
    free(path);
}
END_TEST

/* The end of what is mapped, where the segments alone say how long the file must be. */
static size_t end_of_segments(const char *bytes, const ElfW(Ehdr) * header)
{
    size_t end = 0;

    for (unsigned i = 0; i < header->e_phnum; i++) {
        ElfW(Phdr) segment;
        memcpy(&segment, bytes + header->e_phoff + i * sizeof segment, sizeof segment);
        size_t segment_end = (size_t)(segment.p_offset + segment.p_filesz);
        end = segment_end > end ? segment_end : end;
    }
    return end;
}

START_TEST(a_part_of_a_file_without_sections_is_refused)
{
    char *path = plugin_copy("good");
    size_t size;
    char *bytes = plugin_read(path, &size);
    ElfW(Ehdr) header;

    memcpy(&header, bytes, sizeof header);
    header.e_shoff = 0;
    header.e_shnum = 0;
    header.e_shstrndx = 0;
    memcpy(bytes, &header, sizeof header);
    size = end_of_segments(bytes, &header);
    refuse_parts(path, bytes, size);
    plugin_write(path, bytes, size - 1);
    plugin_refuse(path, "is cut short", "build or copy it again");
    plugin_write(path, bytes, size);
    weir_plugin_unload(plugin_load(path));
    free(bytes);
    free(path);
}
END_TEST

static void refuse_with_byte(const char *path, size_t offset, char byte, const char *what)
{
    size_t size;
    char *bytes = plugin_read(path, &size);
    char before = bytes[offset];

    bytes[offset] = byte;
    plugin_write(path, bytes, size);
    plugin_refuse(path, what, "it");
    bytes[offset] = before;
    plugin_write(path, bytes, size);
    free(bytes);
}

START_TEST(an_object_of_another_kind_is_refused)
{
    char *path = plugin_copy("good");

    refuse_with_byte(path, EI_CLASS, ELFCLASS32, "another kind of machine (ELF class 1");
    refuse_with_byte(path, EI_DATA, ELFDATA2MSB, "another kind of machine (ELF class 2, data 2");
    refuse_with_byte(path, offsetof(ElfW(Ehdr), e_machine), (char)EM_S390, "machine 22; weir is");
    refuse_with_byte(path, offsetof(ElfW(Ehdr), e_type), ET_REL, "(ELF type 1)");
    refuse_with_byte(path, offsetof(ElfW(Ehdr), e_type), ET_EXEC, "(ELF type 2)");
    refuse_with_byte(path, offsetof(ElfW(Ehdr), e_phentsize), 1, "is not a shared object");
    free(path);
}
END_TEST

/* Itself a position-independent program, which the ELF type does not tell from a library. */
START_TEST(a_program_is_refused)
{
    char *path = tmpdir_path(plugin_folder, "program");
    size_t size;
    char *bytes = plugin_read("/proc/self/exe", &size);

    plugin_write(path, bytes, size);
    plugin_refuse(path, "", "it");
    free(bytes);
    free(path);
}
END_TEST

START_TEST(a_file_that_others_may_change_is_refused)
{
    static const mode_t modes[] = {0620, 0602, 0666, 0775};
    char *path = plugin_copy("good");

    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        ck_assert_int_eq(chmod(path, modes[i]), 0);
        plugin_refuse(path, "can be changed by its group or by everyone", "chmod go-w");
    }
    ck_assert_int_eq(chmod(path, 0755), 0);
    weir_plugin_unload(plugin_load(path));
    free(path);
}
END_TEST

START_TEST(a_directory_that_others_may_change_is_refused)
{
    static const mode_t modes[] = {0770, 0707, 0777, 01777};
    char *path = plugin_copy("good");

    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        ck_assert_int_eq(chmod(plugin_folder, modes[i]), 0);
        plugin_refuse(path, "lies in a directory",
                      modes[i] == 01777 ? "move the plug-in" : "chmod go-w");
    }
    ck_assert_int_eq(chmod(plugin_folder, 0755), 0);
    weir_plugin_unload(plugin_load(path));
    free(path);
}
END_TEST

START_TEST(somebody_elses_file_or_directory_is_refused)
{
    enum { NOBODY = 65534 };
    char *path = plugin_copy("good");

    if (geteuid() != 0) {
        (void)printf("SKIP: only root can give a file away\n");
    } else {
        ck_assert_int_eq(chown(path, NOBODY, 0), 0);
        plugin_refuse(path, "belongs to user id 65534", "chown");
        ck_assert_int_eq(chown(path, 0, 0), 0);
        ck_assert_int_eq(chown(plugin_folder, NOBODY, 0), 0);
        plugin_refuse(path, "in a directory of user id 65534", "move it");
        ck_assert_int_eq(chown(plugin_folder, 0, 0), 0);
        weir_plugin_unload(plugin_load(path));
    }
    free(path);
}
END_TEST

START_TEST(a_long_path_leaves_room_for_the_advice)
{
    struct weir_plugin *plugin = NULL;
    struct weir_error error;
    char name[201];
    char *path;

    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    path = text_format("%s/%s/%s/end.so", plugin_folder, name, name);
    ck_assert_int_eq(weir_plugin_load(path, &plugin, &error), WEIR_ERR_PLUGIN);
    ck_assert_ptr_nonnull(strstr(error.text, "nnn/end.so does not exist"));
    ck_assert_ptr_nonnull(strstr(error.text, "starts at the current directory"));
    ck_assert_int_eq(weir_plugin_load(path, &plugin, NULL), WEIR_ERR_PLUGIN);
    free(path);
}
END_TEST

/* Out of descriptors at the directory, then at the file. The loader needs no more than they did. */
START_TEST(every_failing_open_is_survived)
{
    char *path = plugin_copy("good");
    struct weir_plugin *plugin = NULL;
    struct weir_error error;
    enum weir_status status = WEIR_ERR_PLUGIN;
    struct rlimit limit;
    unsigned failed = 0;
    int lowest = open("/dev/null", O_RDONLY | O_CLOEXEC);

    ck_assert_int_ge(lowest, 0);
    (void)close(lowest);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    for (rlim_t allowed = (rlim_t)lowest; status != WEIR_OK; allowed++) {
        struct rlimit tight = {.rlim_cur = allowed, .rlim_max = limit.rlim_max};
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &tight), 0);
        status = weir_plugin_load(path, &plugin, &error);
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
        if (status != WEIR_OK) {
            ck_assert_int_eq(status, WEIR_ERR_PLUGIN);
            ck_assert_ptr_nonnull(strstr(error.text, "oo many open files"));
            ck_assert_ptr_null(plugin);
            ck_assert(plugin_files_are_closed());
            failed++;
        }
    }
    ck_assert_uint_ge(failed, 2);
    weir_plugin_unload(plugin);
    free(path);
}
END_TEST

static TCase *accepted(void)
{
    TCase *tcase = tcase_create("accepted");

    tcase_add_checked_fixture(tcase, plugin_set_up, plugin_tear_down);
    tcase_add_test(tcase, a_bare_name_is_a_file_of_the_current_directory);
    tcase_add_test(tcase, a_directory_may_be_a_symbolic_link);
    return tcase;
}

static TCase *refused(void)
{
    TCase *tcase = tcase_create("refused");

    tcase_add_checked_fixture(tcase, plugin_set_up, plugin_tear_down);
    tcase_add_test(tcase, what_is_no_regular_file_is_refused);
    tcase_add_test(tcase, what_is_not_there_is_refused);
    tcase_add_test(tcase, a_symbolic_link_is_refused);
    tcase_add_test(tcase, what_is_no_shared_object_is_refused);
    tcase_add_test(tcase, a_file_that_was_copied_in_part_is_refused);
    tcase_add_test(tcase, a_part_of_a_file_without_sections_is_refused);
    tcase_add_test(tcase, an_object_of_another_kind_is_refused);
    tcase_add_test(tcase, a_program_is_refused);
    tcase_add_test(tcase, a_file_that_others_may_change_is_refused);
    tcase_add_test(tcase, a_directory_that_others_may_change_is_refused);
    tcase_add_test(tcase, somebody_elses_file_or_directory_is_refused);
    tcase_add_test(tcase, a_long_path_leaves_room_for_the_advice);
    tcase_add_test(tcase, every_failing_open_is_survived);
    return tcase;
}

int main(void)
{
    Suite *suite = suite_create("plugin_file");

    suite_add_tcase(suite, accepted());
    suite_add_tcase(suite, refused());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
