# Puts sessions/templates/*.json into the program, so that an installed one needs no data folder. Included by the top
# CMakeLists.txt once busbar_sessions exists. The generated file stays in the build folder.
file(GLOB busbar_templates CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/templates/*.json)
list(SORT busbar_templates)
set(busbar_template_entries "")
foreach(file IN LISTS busbar_templates)
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} text)
  string(APPEND busbar_template_entries "    {\"${name}\", R\"busbar(${text})busbar\"},\n")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
endforeach()
configure_file(${CMAKE_CURRENT_LIST_DIR}/embedded.cpp.in ${CMAKE_BINARY_DIR}/generated/sessions/embedded.cpp @ONLY)
target_sources(busbar_sessions PRIVATE ${CMAKE_BINARY_DIR}/generated/sessions/embedded.cpp)
