# The ZooKeeper C client brings neither a .pc file nor a CMake package. Defines ZooKeeper::MT, the
# library with threads of its own, whose header wants THREADED, and ZooKeeper_FOUND.
find_path(ZooKeeper_INCLUDE_DIR zookeeper/zookeeper.h)
find_library(ZooKeeper_MT_LIBRARY zookeeper_mt)
mark_as_advanced(ZooKeeper_INCLUDE_DIR ZooKeeper_MT_LIBRARY)

if(ZooKeeper_INCLUDE_DIR)
    file(STRINGS "${ZooKeeper_INCLUDE_DIR}/zookeeper/zookeeper_version.h" version_lines
         REGEX "define ZOO_VERSION ")
    string(REGEX REPLACE ".*\"([0-9.]+)\".*" "\\1" ZooKeeper_VERSION "${version_lines}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ZooKeeper
    REQUIRED_VARS ZooKeeper_MT_LIBRARY ZooKeeper_INCLUDE_DIR VERSION_VAR ZooKeeper_VERSION)

if(ZooKeeper_FOUND AND NOT TARGET ZooKeeper::MT)
    add_library(ZooKeeper::MT UNKNOWN IMPORTED)
    set_target_properties(ZooKeeper::MT PROPERTIES
        IMPORTED_LOCATION "${ZooKeeper_MT_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${ZooKeeper_INCLUDE_DIR}"
        INTERFACE_COMPILE_DEFINITIONS THREADED)
endif()
