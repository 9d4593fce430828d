// The compiled part of Asio and of Beast, once (BOOST_ASIO_SEPARATE_COMPILATION and
// BOOST_BEAST_SEPARATE_COMPILATION): half the compile time of every file that uses them.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
