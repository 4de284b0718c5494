#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/realtime/insert.hpp"

namespace busbar::test {

/// A test that runs once for every registered processor: a new one is covered the day it is registered.
class EveryInsert : public ::testing::TestWithParam<const InsertType*> {
 protected:
  const InsertType& type() const { return *GetParam(); }
};

inline std::vector<const InsertType*> all_insert_types() {
  std::vector<const InsertType*> types;
  for (const InsertType& type : insert_types()) types.push_back(&type);
  return types;
}

inline std::string name_of_insert(const ::testing::TestParamInfo<const InsertType*>& info) {
  return std::string(info.param->key);
}

}  // namespace busbar::test

/// Behind the tests of a fixture derived from EveryInsert.
#define BUSBAR_FOR_EVERY_INSERT(Fixture)                                                                 \
  INSTANTIATE_TEST_SUITE_P(Registered, Fixture, ::testing::ValuesIn(::busbar::test::all_insert_types()), \
                           ::busbar::test::name_of_insert)
